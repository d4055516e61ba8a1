// Shrink candidates: all smaller, all well-formed, and enough of them to reach the shortest trace.
import { describe, expect, test } from 'vitest';
import { CowMachine } from '../../model/cow/machine.ts';
import { PROFILES } from '../../properties/generator/profile.ts';
import { TapeWriter } from '../../properties/generator/writer.ts';
import { slice, smaller } from '../../properties/shrink.ts';
import { Rig } from '../../runner/rig.ts';
import { worldOf } from '../../runner/worlds.ts';
import { OP_NAMES, OPS } from '../../spec/op.ts';
import { STRIDE, type Tape } from '../../spec/tape.ts';
import { parseTrace } from '../../spec/parse.ts';
import { formatTrace, traceOf } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';
import { MODEL_OPS, modelTarget } from '../../targets/model/session.ts';
import { lines, tape } from '../history.ts';
import { SMALL } from '../model/worlds.ts';
import { SPOIL_CONTENTS } from './sabotage-contents.ts';
import { MISMANAGE_FRAMES } from './sabotage-frames.ts';

/**
 * The order as documented, written out anew: op count, processes, pages, bytes in ranges, then each word as a number
 * that grows with it.
 */
function key(of: Tape): readonly number[] {
  let bytes = 0;
  const processes = new Set<number>();
  const pages = new Set<number>();
  const words: number[] = [];
  for (let i = 0; i < of.length; i++) {
    const name = OP_NAMES[of.words[i * STRIDE] ?? -1] ?? 'fork';
    words.push(OPS[name].code);
    let at = i * STRIDE + 1;
    let offset = 0;
    let first = -1;
    for (const field of OPS[name].fields) {
      const word = of.words[at++] ?? 0;
      if (field.name === 'length') bytes += word;
      if (field.kind === 'process') processes.add(word);
      if (field.kind === 'address' && word >= 0) {
        first = word;
        offset = of.words[at] ?? 0;
        pages.add(word);
      }
      if (field.name === 'length' && first >= 0)
        for (let byte = 0; byte < word; byte++)
          pages.add(first + Math.floor((offset + byte) / of.world.pageSize));
      if (field.name === 'pages' && first >= 0) for (let p = 0; p < word; p++) pages.add(first + p);
      if (field.kind === 'address') words.push(word + 1, of.words[at++] ?? 0);
      else if (field.name === 'value') words.push(word >>> 0);
      else words.push(field.kind === 'integer' ? word - field.min : word);
    }
  }
  return [of.length, processes.size, pages.size, bytes, ...words];
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i] ?? -1;
    const y = b[i] ?? -1;
    if (x !== y) return x < y;
  }
  return false;
}

const written = (world: World, profile: (typeof PROFILES)[number], seed: number, run: number): Tape =>
  slice(
    new TapeWriter(world, {
      ops: [...MODEL_OPS, 'clone'],
      profile,
      maxOps: 30,
      refusalKills: true,
      readBack: false,
    }).write(seed, run),
    () => true,
  );

test('the order of the tests tells smaller from larger', () => {
  const of = (text: string): readonly number[] => key(tape(SMALL, text));
  expect(isLess(of('fork A -> B'), of('fork A -> B\nexit A status 0'))).toBe(true);
  expect(isLess(of('read A data+7 length 1'), of('read A data+0 length 2'))).toBe(true);
  expect(isLess(of('write A data+0 length 1 = 4294967295'), of('write A data+0 length 1 = 0'))).toBe(false);
  expect(isLess(of('wait A'), of('wait A into text+0'))).toBe(true);
  expect(isLess(of('fork B -> A\nfork B -> A'), of('fork A -> B\nfork A -> C'))).toBe(true);
  expect(isLess(of('munmap A text+0 pages 2'), of('munmap A data+0 pages 1'))).toBe(false);
  expect(isLess(of('fork A -> B'), of('fork A -> B'))).toBe(false);
});

describe.each(PROFILES)('profile %s, seed 7', profile => {
  const world = worldOf(16, 4, 3);
  const tapes = Array.from({ length: 12 }, (_, run) => written(world, profile, 7, run));

  test('every candidate is smaller, and a trace', () => {
    let candidates = 0;
    for (const of of tapes) {
      const mine = key(of);
      for (const candidate of smaller(of, of.length - 1, MODEL_OPS)) {
        candidates++;
        if (!isLess(key(candidate), mine)) expect.fail(`not smaller:\n${lines(of)}\n--\n${lines(candidate)}`);
        if (candidates % 13 !== 0) continue;
        const text = formatTrace(traceOf(candidate));
        expect(formatTrace(parseTrace(text))).toBe(text);
      }
    }
    expect(candidates).toBeGreaterThan(5000);
  });

  test('every candidate of a short tape is smaller, and a trace: those are searched nearby', () => {
    let candidates = 0;
    for (const of of tapes)
      for (const from of [0, 9]) {
        const short = slice(of, index => index >= from && index < from + 4);
        const mine = key(short);
        for (const candidate of smaller(short, short.length - 1, MODEL_OPS)) {
          candidates++;
          if (!isLess(key(candidate), mine))
            expect.fail(`not smaller:\n${lines(short)}\n--\n${lines(candidate)}`);
          if (candidates % 101 !== 0) continue;
          const text = formatTrace(traceOf(candidate));
          expect(formatTrace(parseTrace(text))).toBe(text);
        }
      }
    expect(candidates).toBeGreaterThan(5000);
  });

  test('a tape is left as it was', () => {
    const of = tapes[0] ?? tape(world, '');
    const before = lines(of);
    for (const candidate of smaller(of, of.length - 1, MODEL_OPS)) candidate.words.fill(77);
    expect(lines(of)).toBe(before);
  });
});

test('every op of the format shrinks to smaller ops of the format', () => {
  const world: World = { ...SMALL, spare: { heap: 2, map: 3 } };
  const all = tape(
    world,
    `clone B -> D
     vfork B -> D
     exec B image 3 execlp argument 900
     exit B status 200
     wait B into data+5
     kill B D
     read B data+9 length 3
     write B data+9 length 3 = 4294967295
     kread B text+3 length 20
     kwrite B text+3 length 20 = 3000000000
     mmap B map+9 pages 2 shared-file rwx
     munmap B map+9 pages 2
     mprotect B data+9 pages 2 rwx
     sbrk B pages -3
     madvise B heap+9 pages 2 wipeonfork
     mremap B map+9 pages 2 to heap+0
     pin B data+9 write -> pin1
     unpin pin1
     dma pin1 offset 3 length 9 = 70
     swapout B data+9
     failalloc nth 9
     cpu cpu 3`,
  );
  for (let i = 0; i < all.length; i++) {
    const one = slice(all, index => index === i);
    let candidates = 0;
    for (const candidate of smaller(one)) {
      candidates++;
      expect(isLess(key(candidate), key(one)), lines(candidate)).toBe(true);
      const text = formatTrace(traceOf(candidate));
      expect(formatTrace(parseTrace(text))).toBe(text);
    }
    if (lines(one) !== 'unpin pin1') expect(candidates, lines(one)).toBeGreaterThan(0);
  }
});

test('the first candidate ends at the guilty op', () => {
  const of = tape(SMALL, 'fork A -> B\nexit B status 0\nread A data+0 length 1\nexit A status 0');
  const [first] = smaller(of, 1);
  expect(first === undefined ? '' : lines(first)).toBe('fork A -> B\nexit B status 0');
});

/** World of the steps: data, then a page of zeros and a heap. */
const STEPS: World = { ...SMALL, images: [{ name: 'sh', text: 1, data: 2, bss: 1, heap: 1 }] };

test.each([
  ['another page', 'madvise A data+0 pages 1 dontneed\nread A data+0 length 1', 'read A bss+0 length 1'],
  [
    'another page, where a zero would not show',
    'fork A -> B\nkwrite A data+1 length 1 = 0',
    'kwrite A bss+1 length 1 = 1',
  ],
  [
    'another page, where the failing allocation is the first',
    'fork A -> B\nfailalloc nth 2\nkwrite A data+7 length 2 = 0',
    'failalloc nth 1\nkwrite A data+15 length 2 = 0',
  ],
  [
    'a plain store for the status of a wait',
    'fork A -> B\nexit B status 0\nwait A into data+0\nread A data+0 length 1',
    'kwrite A data+0 length 1 = 0\nread A data+0 length 1',
  ],
  ['one page of a range', 'munmap A text+0 pages 2', 'munmap A data+0 pages 1'],
  ['a byte of a later page', 'kwrite A data+7 length 10 = 256', 'kwrite A data+8 length 1 = 1'],
  ['a choice that is not the first', 'mprotect A data+0 pages 1 rwx', 'mprotect A data+0 pages 1 rw'],
  ['an exit for a refused load', 'fork A -> B\nread B max length 1', 'fork A -> B\nexit B status 0'],
  [
    "two processes in each other's place, from an op on",
    'fork A -> B\nkwrite B data+0 length 1 = 0\nfork B -> C',
    'fork A -> B\nkwrite A data+0 length 1 = 0\nfork A -> C',
  ],
])('a step to %s', (_, from, to) => {
  const of = tape(STEPS, from);
  expect([...smaller(of, of.length - 1, MODEL_OPS)].map(lines)).toContain(to);
});

/** Takes the first candidate that still fails, until none does. */
async function shrunk(of: Tape, fails: (tape: Tape) => boolean | Promise<boolean>): Promise<string> {
  let best = of;
  for (let steps = 0; steps < 10_000; steps++) {
    let next: Tape | undefined;
    for (const candidate of smaller(best, best.length - 1, MODEL_OPS))
      if (await fails(candidate)) {
        next = candidate;
        break;
      }
    if (next === undefined) return lines(best);
    best = next;
  }
  throw new Error('shrinking does not end');
}

describe('greedy shrinking by a plain predicate', () => {
  const seed = 11;
  const from = (wanted: (tape: Tape) => boolean): Tape => {
    for (let run = 0; run < 2000; run++) {
      const found = written(worldOf(16, 4, 3), 'base', seed, run);
      if (found.length >= 15 && wanted(found)) return found;
    }
    throw new Error('no tape to start from');
  };
  const has = (pattern: RegExp) => (tape: Tape) => pattern.test(lines(tape));

  test.each([
    ['an exit with a status of at least 100', /^exit \w+ status [12]\d\d$/m, 'exit A status 100'],
    ['a store of two bytes', /^write \w+ \S+ length (?!1 )\d+ = \d+$/m, 'write A text+0 length 2 = 0'],
    [
      'a value whose decimal form has six digits',
      /^k?write .* = \d{6,}$/m,
      'write A text+0 length 1 = 100000',
    ],
    ['a wait that stores', /^wait \w+ into/m, 'wait A into text+0'],
    ['two forks', /^fork[^]*fork/m, 'fork A -> A\nfork A -> A'],
    ['a child that forks', /^fork (\w) -> (?!\1)(\w)$[^]*^fork \2 -> /m, 'fork A -> B\nfork B -> A'],
  ])(`%s, seed ${seed}`, async (_, pattern, minimal) => {
    expect(await shrunk(from(has(pattern)), has(pattern))).toBe(minimal);
  });
});

describe('greedy shrinking by a broken law', () => {
  const MINIMA: readonly (readonly [defect: string, minimal: string])[] = [
    ['a fault makes the shared frame writable', 'fork A -> B\nwrite A data+0 length 1 = 0'],
    ['the kernel forgets to write the second page', 'kwrite A data+7 length 2 = 0'],
    ['a kernel read changes a byte', 'kread A text+0 length 1'],
    ['fork copies a page', 'fork A -> B'],
  ];
  const sabotages = [...SPOIL_CONTENTS, ...MISMANAGE_FRAMES];

  test.each(MINIMA.flatMap(([defect, minimal]) => [3, 4, 5].map(seed => ({ defect, minimal, seed }))))(
    '$defect, seed $seed',
    async ({ defect, minimal, seed }) => {
      const sabotage = sabotages.find(each => each.defect === defect);
      if (sabotage === undefined) throw new Error('no such sabotage');
      const world: World = { ...SMALL, frames: 64 };
      const rig = await Rig.open(modelTarget('wrong', sabotage.machine), world);
      const fails = async (candidate: Tape): Promise<boolean> => {
        const outcome = await rig.run(candidate);
        return outcome.verdict === 'violated' && outcome.violation.invariant === sabotage.invariant;
      };
      for (let run = 0; ; run++) {
        const outcome = await rig.run(written(world, 'oom', seed, run));
        if (outcome.verdict !== 'violated' || outcome.violation.invariant !== sabotage.invariant) continue;
        expect(await shrunk(outcome.violation.tape, fails)).toBe(minimal);
        break;
      }
      const correct = await Rig.open(modelTarget('right', CowMachine), world);
      expect(await correct.run(tape(world, minimal))).toEqual({ verdict: 'held' });
    },
  );
});
