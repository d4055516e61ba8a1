// cowcheck conform: sound adapters are found sound, and the fault of each broken one is named.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { linuxAgent } from '../../targets/linux/build.ts';
import { cache, missing as noKernel } from '../targets/kernel.ts';
import { build, KITS, lacking } from '../targets/kits.ts';
import { cowcheck, folder, project, toy } from './cowcheck.ts';

interface Report {
  readonly verdict: string;
  readonly checks: readonly { readonly id: string; readonly soundness: string; readonly detail: string }[];
  readonly unchecked: readonly string[];
  readonly next: string;
}

async function conform(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly report: Report }> {
  const { code, out, err } = await cowcheck(['conform', '--json', ...args], folder());
  expect(err).toBe('');
  return { code, report: JSON.parse(out) as Report };
}

/** Id and detail of the one check that is not sound. */
function named({ checks }: Report): readonly string[] {
  return checks.filter(({ soundness }) => soundness !== 'sound').flatMap(({ id, detail }) => [id, detail]);
}

describe('a sound adapter', () => {
  test('in this process: the model', async () => {
    const { code, report } = await conform('model');
    expect({ code, verdict: report.verdict }).toEqual({ code: 0, verdict: 'sound' });
    expect(report.checks.map(({ id }) => id)).toEqual([
      'each op',
      'refusals',
      'inspection',
      'reset',
      'determinism',
      'batching',
      'capacity',
      'speed',
    ]);
    expect(report.unchecked.join()).toContain('for want of inspect=exclusive,faults');
    expect(report.next).toBe('npx cowcheck fuzz model --time 60s');
  });

  test('a program: its lines first', async () => {
    const { code, report } = await conform('--command', toy());
    expect({ code, verdict: report.verdict }).toEqual({ code: 0, verdict: 'sound' });
    expect(report.checks.slice(0, 7).map(({ id }) => id)).toEqual([
      'handshake',
      'world',
      'order',
      'stepping',
      'versions',
      'unknown lines',
      'end of input',
    ]);
    expect(report.next).toBe(`npx cowcheck fuzz --command '${toy()}' --time 60s`);
  });

  test('as a table, with what stays unchecked and the next step', async () => {
    const { code, out } = await cowcheck(['conform'], folder());
    expect(code).toBe(0);
    expect(out.replace(/[\d,]+ ops a second/, 'N ops a second')).toMatchInlineSnapshot(`
      "sound  model
        each op      sound  26 ops, each alone after a reset: fork vfork exec exit wait kill read write kread kwrite mmap munmap mprotect sbrk madvise mremap pin unpin dma swapout swapin merge unmerge split collapse failalloc
        refusals     sound  absent and taken names, 3 bad addresses, 10 ops in all
        inspection   sound  shows what it offers: frame, writable, executable, copyOnWrite, count, free, contents, totals, pins
        reset        sound  after a reset all is as at the start: contents, names, processes
        determinism  sound  histories run again 12 times: the same answers
        batching     sound  4 histories: one by one is answered as all at once
        capacity     sound  16 processes at once; 30 frames declared
        speed        sound  N ops a second in batches
      stays unchecked
        3 invariants, for want of inspect=exclusive,faults
      next  npx cowcheck fuzz model --time 60s
      "
    `);
  });

  for (const kit of KITS) {
    const missing = lacking(kit);
    describe.skipIf(missing !== undefined)(`the ${kit.language} kit`, () => {
      beforeAll(() => {
        expect(build(kit)).toBe('');
      }, 180_000);
      test('is sound', async () => {
        const { code, report } = await conform('--command', kit.command);
        expect(named(report).filter(text => text !== 'speed')).toEqual([]);
        expect(code).toBe(0);
      });
    });
  }
});

describe.skipIf(noKernel !== undefined)('the Linux agent', { timeout: 120_000 }, () => {
  test('is sound, as a program and as a target', async () => {
    const agent = await linuxAgent(cache);
    const { code, report } = await conform('--command', agent.path);
    expect(named(report)).toEqual([]);
    expect(code).toBe(0);
    const target = await conform('linux');
    expect(named(target.report).filter(id => id !== 'inspection')).toEqual([]);
  });
});

describe('a broken adapter is named', () => {
  test.each([
    ['swaps', 'order', 'the answers come in another order than the lines', 1],
    ['forgets-reset', 'reset', 'after a reset it is not', 1],
    ['lies-ops', 'capabilities', 'it offers exec, and cannot be asked', 1],
    ['shows-nothing', 'capabilities', 'it offers inspect=frame,writable,count, and shows none of it', 1],
    ['fickle', 'determinism', 'were answered otherwise when they were run again', 1],
    ['slow', 'speed', 'below 200 a search shows little', 3],
    ['floods', 'one answer a line', 'it answered without being asked', 1],
    ['dies', 'life', 'it exited with code 7; 0 of 8 lines sent at once were answered', 1],
    ['garbled', 'text', String.raw`no printable ASCII: "\xff\x00\x1b["`, 1],
    ['half', 'half a line', 'in the middle of a line: "by"', 1],
    ['version', 'handshake', 'with "cowcheck 2 name=toy', 4],
    ['silent', 'silence', 'it gave no answer for 1 s; 7 of 8 lines sent at once were answered', 1],
    ['fork-bomb', 'limits', 'at most 128 are allowed', 1],
  ])('%s: %s', async (fault, id, words, exit) => {
    // A bomb may be slow to go off on a busy machine, and is silent until then.
    const patience = fault === 'fork-bomb' ? '20s' : '1s';
    const { code, report } = await conform('--command', toy(fault), '--answer-time', patience);
    const [found = '', detail = ''] = named(report);
    expect(found).toBe(id);
    expect(detail).toContain(words);
    expect(code).toBe(exit);
  });

  test('a program that is not there', async () => {
    const { code, report } = await conform('--command', 'no-such-program');
    expect(code).toBe(4);
    expect(named(report).join()).toContain('no-such-program: not found');
  });
});

describe("an object of a user's", () => {
  const cwd = project();
  const object = (start: string): string => `
    const made = [];
    export default {
      ${start}
      fork: ({ pages }) => ({ pages: pages.map(bytes => bytes.slice()) }),
      read: ({ pages }, page, offset, length) => pages[page].subarray(offset, offset + length),
      write: ({ pages }, page, offset, bytes) => pages[page].set(bytes, offset),
    };`;

  test.each([
    ['right.mjs', 'start: image => ({ pages: image.map(bytes => bytes.slice()) }),', 0, ''],
    ['keeps.mjs', 'start: image => made[0] ??= ({ pages: image.map(bytes => bytes.slice()) }),', 1, 'reset'],
    [
      'zero.mjs',
      'start: image => ({ pages: image.map(bytes => new Uint8Array(bytes.length)) }),',
      1,
      'each op',
    ],
  ])('%s', async (name, start, wanted, id) => {
    writeFileSync(join(cwd, name), object(start));
    const { code, out } = await cowcheck(['conform', `./${name}`, '--json'], cwd);
    const { checks } = JSON.parse(out) as Report;
    expect(
      checks
        .filter(({ soundness }) => soundness === 'fault')
        .map(check => check.id)
        .join(),
    ).toBe(id);
    expect(code).toBe(wanted);
  });
});
