// A kernel that dies of the agent's start: a finding, replayed like any other. One that cannot run it: a failure of the rig.
// One that cannot be read: judged by what processes see.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { fuzz } from '../../../runner/fuzz.ts';
import { replay } from '../../../runner/replay.ts';
import type { Target } from '../../../spec/target.ts';
import { calfKernel } from '../../../targets/calf/kernel.ts';
import { wireTarget } from '../../../targets/wire.ts';
import { arrive } from '../../../targets/xv6/arrival.ts';
import { readElf } from '../../../targets/xv6/elf.ts';
import { guarded } from '../../../targets/xv6/guard.ts';
import { Guest } from '../../../targets/xv6/guest.ts';
import type { Machine } from '../../../targets/xv6/machine.ts';
import { shapesOf } from '../../../targets/xv6/shapes.ts';

const NEEDED = ['qemu-system-riscv64', 'riscv64-linux-gnu-gcc', 'gdb-multiarch'];
const lacking = NEEDED.filter(program => spawnSync(program, ['--version']).error !== undefined);
if (lacking.length > 0)
  console.warn(
    `the arrival at a kernel is not tested: ${lacking.join(', ')} is not there; see cowcheck doctor`,
  );

const BRIDGE = fileURLToPath(new URL('../../../dist/targets/xv6/bridge.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'cowcheck-arrival-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** calf with other instructions at the start of `name`. */
async function spoilt(name: string, ...instructions: readonly number[]): Promise<string> {
  const { path } = await calfKernel();
  const bytes = Uint8Array.from(readFileSync(path));
  const { symbols, segments } = readElf(bytes, path);
  const address = symbols.get(name)?.address ?? -1;
  const segment = segments.find(({ address: from, memory }) => address >= from && address < from + memory);
  const at = (segment?.offset ?? 0) + address - (segment?.address ?? 0);
  instructions.forEach((word, i) => new DataView(bytes.buffer).setUint32(at + 4 * i, word, true));
  const file = join(scratch, `calf-without-${name}`);
  writeFileSync(file, bytes);
  return file;
}

function kernelAt(kernel: string): Target {
  const options = { name: 'spoilt', layout: 'calf', smp: 1, kernel };
  return wireTarget({
    name: 'spoilt',
    kept: true,
    trusted: true,
    bail: 100,
    deadline: 60_000,
    limits: { pageSize: 4096, processes: 6, pages: 24, layout: 'all', dear: true, sessions: 2, worlds: 16 },
    command: guarded(process.execPath, [BRIDGE, JSON.stringify(options)]),
  });
}

/** Neither the shell nor the first program asks for memory. */
const ILLEGAL = 0;
/** `li a0, 0; ret`: there is never any memory; and with 1: there is, but nothing is done. */
const REFUSES = [0x00000513, 0x00008067];
const PRETENDS = [0x00100513, 0x00008067];

describe.skipIf(lacking.length > 0)('a kernel that reaches its prompt', { timeout: 240_000 }, () => {
  test('and dies of the agent is found out before the first op, once, and again by its trace', async () => {
    const target = kernelAt(await spoilt('task_resize', ILLEGAL));
    const result = await fuzz({ target, seed: 1, time: 60_000, shrinkTime: 5000 });
    expect(result.verdict).toBe('violated');
    expect(result.counterexamples).toHaveLength(1);
    const [found] = result.counterexamples;
    expect(found).toMatchObject({ rule: 24, invariant: 'progress.target-lives', ops: 1 });
    expect(found?.trace.finding?.found).toMatch(/before the first op.*cow.*died: panic: /s);
    expect(found?.trace.finding?.because).toContain('did not live to see an op');
    const trace = found?.trace ?? { format: 1, world: { pageSize: 8, processes: 1, images: [] }, ops: [] };
    const verdicts = async (kernel: string): Promise<readonly string[]> =>
      (await replay(trace, kernelAt(kernel))).outcomes.map(({ verdict }) => verdict);
    expect(await verdicts(await spoilt('task_resize', ILLEGAL))).toEqual(['violated']);
    expect(await verdicts((await calfKernel()).path)).toEqual(['held']);
  });

  test('and ends the agent, which keeps to the rules, is found out too', async () => {
    const target = kernelAt(await spoilt('task_resize', ...PRETENDS));
    const { counterexamples } = await fuzz({ target, seed: 1, time: 60_000, shrinkTime: 5000 });
    expect(counterexamples.map(({ rule, trace }) => [rule, trace.finding?.found])).toEqual([
      [24, expect.stringMatching(/\(cow\) killed: no right to store.*died: the kernel ended a process/s)],
    ]);
  });

  test('and gives the agent no memory has failed the rig', async () => {
    const target = kernelAt(await spoilt('task_resize', ...REFUSES));
    await expect(fuzz({ target, seed: 1, runs: 1 })).rejects.toMatchObject({ code: 'xv6-agent' });
  });
});

/** calf with `defect` or none, without symbols. */
async function stripped(defect?: string): Promise<string> {
  const { path } = await calfKernel(defect);
  const file = join(scratch, `stripped-${defect ?? 'right'}`);
  expect(spawnSync('riscv64-linux-gnu-objcopy', ['--strip-all', path, file]).status).toBe(0);
  return file;
}

describe.skipIf(lacking.length > 0)('a kernel that cannot be read', { timeout: 240_000 }, () => {
  test('holds as far as processes see, and the report says what was left out', async () => {
    const { verdict, leftOut, opsHit, invariantsLeftOut, why } = await fuzz({
      target: kernelAt(await stripped()),
      seed: 1,
      runs: 25,
    });
    expect({ verdict, why }).toEqual({ verdict: 'held', why: [] });
    expect(leftOut.join('\n')).toMatch(/no debug information.*cannot be read.*does not answer/s);
    expect(Object.keys(opsHit)).not.toContain('failalloc');
    expect(invariantsLeftOut.map(({ invariant }) => invariant)).toContain('frames.count-equals-holders');
  });

  test('is found out by what processes see', async () => {
    const target = kernelAt(await stripped('copyout-ignores-sharing'));
    const { counterexamples } = await fuzz({ target, seed: 1, time: 120_000, bail: 1 });
    expect(counterexamples.map(({ rule, ops }) => [rule, ops <= 6])).toEqual([[13, true]]);
  });
});

describe.skipIf(lacking.length > 0)('a kernel that has arrived', { timeout: 120_000 }, () => {
  let machine: Machine | undefined;
  afterAll(() => machine?.close());

  test('counts as many free frames as were left to it; what a process gained for a fork is gone', async () => {
    const { path } = await calfKernel();
    const { guest } = await arrive({ name: 'calf', layout: 'calf', smp: 1, kernel: path }, started => {
      machine = started;
    });
    if (!(guest instanceof Guest) || machine === undefined) return expect.fail('it did not arrive');
    const { of } = await shapesOf(path, { offsets: [['frames', 'free_total']] });
    const frames = readElf(readFileSync(path), path).symbols.get('frames')?.address ?? 0;
    const counted = (): number => Number(machine?.u64(frames + (of.get('frames.free_total') ?? 0)));
    const free = guest.examine('reset').free ?? 0;
    expect(counted()).toBe(free);
    expect(free).toBeGreaterThan(200);
    expect(free).toBeLessThan(600);

    guest.image(0, 'ddbbhgs');
    guest.ask(['world 4096 6 0 0', 'image 0 ddbbhgs', 'reset', 'fork 0 1']);
    const shown = (): readonly unknown[] => {
      const { used, tables, lost, damage, tests } = guest.examine('fork');
      return [used, tables, lost, damage, tests.map(({ count }) => count)];
    };
    const before = shown();
    expect([guest.swell('0'), guest.swell('0')]).toEqual([true, false]);
    expect(guest.ask(['fork 0 2'])).toEqual(['forked 2 0']);
    for (const number of ['2', '0']) guest.unswell(number);
    guest.reserve();
    expect(guest.ask(['exit 2 0', 'wait 0'])).toEqual(['ok', 'reaped 2 0']);
    expect(shown()).toEqual(before);
    expect(guest.swell('0')).toBe(true);
  });
});
