// The xv6 agent: it builds, a kernel can load it, and its images differ in nothing but their patterns.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { RECORDS } from '../../../spec/record.ts';
import { imageByte } from '../../../spec/world.ts';
import { type AgentFiles, agentFiles, racerFiles } from '../../../targets/xv6/agent.ts';
import { readElf } from '../../../targets/xv6/elf.ts';

const COMPILERS = ['riscv64-linux-gnu-gcc', 'riscv64-unknown-elf-gcc'];
const PAGE = 4096;
const BLOCK = 1024;

const compilers = COMPILERS.filter(name => spawnSync(name, ['--version']).error === undefined);
if (compilers.length === 0)
  console.warn(
    'the xv6 agent is not built: there is no RISC-V compiler; to do it: apt-get install gcc-riscv64-linux-gnu',
  );

const cache = mkdtempSync(join(tmpdir(), 'cowcheck-xv6-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

test('the agent stores records of the lengths that the generator draws', () => {
  const [, pipe, fstat] =
    /OF_PIPE = (\d+), OF_FSTAT = (\d+)/.exec(readFileSync('agents/xv6/records.h', 'utf8')) ?? [];
  expect([pipe, fstat].map(Number)).toEqual(RECORDS);
});

describe.skipIf(compilers.length === 0)('the xv6 agent', { timeout: 120_000 }, () => {
  const images = 3;
  let once: Promise<AgentFiles> | undefined;
  const agent = (): Promise<AgentFiles> => (once ??= agentFiles(images, cache));

  test('is a coordinator and an image for each image of the world, built once', async () => {
    const { files, hash } = await agent();
    expect([...files.keys()]).toEqual(['cow', 'cow0', 'cow1', 'cow2']);
    expect((await agentFiles(1, cache)).hash).toBe(hash);
    expect(readdirSync(cache)).toHaveLength(2);
  });

  test('races with one program, and a file for each racer to read', async () => {
    const { files, racer } = await racerFiles();
    expect([...files.keys()]).toEqual(['race', 'racep', 'raceq']);
    expect(files.get('raceq')?.length).toBe(PAGE);
    const { segments, symbols } = readElf(racer, 'racer');
    expect(segments.map(({ memory, bytes }) => [memory, bytes.length])).toEqual([
      [PAGE, PAGE],
      [PAGE, 0],
    ]);
    const at = (name: string): number => symbols.get(name)?.address ?? -1;
    expect(at('spin')).toBeLessThan(at('spun'));
    expect(at('spun')).toBeLessThan(at('done'));
    expect(at('box')).toBe(PAGE);
  });

  test('can be loaded by every xv6: whole pages one after the other, few blocks', async () => {
    for (const [name, bytes] of (await agent()).files) {
      expect(bytes.length).toBeLessThan(200 * BLOCK);
      let next = 0;
      for (const { address, memory, bytes: loaded, offset } of readElf(bytes, name).segments) {
        expect(address).toBe(next);
        expect(memory % PAGE).toBe(0);
        expect(loaded.length).toBeLessThanOrEqual(memory);
        expect(offset % BLOCK).toBe(0);
        next = address + memory;
      }
    }
  });

  test('an image has code, constants and memory in segments of their own, and three pages in the file', async () => {
    const { segments } = readElf((await agent()).worker, 'worker');
    expect(
      segments.map(({ readable, writable, executable, bytes }) => [
        readable,
        writable,
        executable,
        bytes.length,
      ]),
    ).toEqual([
      [true, false, true, 2 * PAGE],
      [true, false, false, PAGE],
      [true, true, false, 0],
    ]);
  });

  test('its pages under test are whole pages that nothing else is on', async () => {
    const { symbols } = readElf((await agent()).worker, 'worker');
    const at = (name: string): number => symbols.get(name)?.address ?? -1;
    expect([at('rodata_arena') - at('text_arena'), at('data_arena') - at('rodata_arena')]).toEqual([
      PAGE,
      PAGE,
    ]);
    expect([at('bss_arena') - at('data_arena'), at('areas') - at('bss_arena')]).toEqual([6 * PAGE, 6 * PAGE]);
    expect(at('text_arena') % PAGE).toBe(0);
  });

  test('the coordinator says where its mailbox is', async () => {
    expect(readElf((await agent()).coordinator, 'coordinator').symbols.get('mailbox_at')).toMatchObject({
      size: 8,
    });
  });

  test('images differ from the worker in their number and their patterns alone', async () => {
    const { files, worker } = await agent();
    const { symbols, segments } = readElf(worker, 'worker');
    const patterned = [segments[0]?.offset ?? 0, segments[1]?.offset ?? 0].map((from, i) =>
      i === 0 ? from + PAGE : from,
    );
    for (let image = 0; image < images; image++) {
      const bytes = files.get(`cow${image}`) ?? new Uint8Array();
      expect(bytes.length).toBe(worker.length);
      patterned.forEach((from, page) => {
        const wanted = Uint8Array.from({ length: PAGE }, (_, offset) =>
          imageByte(image, page, offset, page === 0 ? 'text' : 'rodata'),
        );
        expect(bytes.subarray(from, from + PAGE)).toEqual(wanted);
      });
      const number = (segments[0]?.offset ?? 0) + (symbols.get('image_number')?.address ?? 0);
      expect(new DataView(bytes.buffer).getUint32(number, true)).toBe(image);
      const other = [...bytes.keys()].filter(
        i =>
          bytes[i] !== worker[i] &&
          !patterned.some(from => i >= from && i < from + PAGE) &&
          !(i >= number && i < number + 4),
      );
      expect(other).toEqual([]);
    }
  });
});

test('without a compiler it says what to install', async () => {
  const { PATH } = process.env;
  process.env['PATH'] = '/nowhere';
  try {
    await expect(agentFiles(1, join(cache, 'empty'))).rejects.toMatchObject({
      code: 'xv6-no-compiler',
      remedy: 'apt-get install gcc-riscv64-linux-gnu',
    });
  } finally {
    process.env['PATH'] = PATH;
  }
});
