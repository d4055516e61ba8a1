// When two findings are of one defect: wrong bytes by how they got there, panics by the op that met them.
import { describe, expect, test } from 'vitest';
import { Investigation } from '../../runner/investigation.ts';
import { Rig } from '../../runner/rig.ts';
import { Sparing } from '../../runner/sparing.ts';
import { suspected } from '../../runner/suspect.ts';
import { defectOf, standsFor, type Violation } from '../../runner/verdict.ts';
import type { Op } from '../../spec/op.ts';
import { pack, type Tape, unpack } from '../../spec/tape.ts';
import type { World } from '../../spec/world.ts';
import { wireTarget } from '../../targets/wire.ts';

const MORE: World = {
  pageSize: 8,
  processes: 3,
  images: [{ name: 'one', text: 1, data: 1, bss: 1, stack: 1 }],
};

const write = (at: string): Op => ({ op: 'kwrite', by: 'A', at, length: 1, value: 1 });

describe('wrong bytes', () => {
  const read = (at: string): Op => ({ op: 'read', by: 'B', at, length: 1 });
  const fork: Op = { op: 'fork', by: 'A', as: 'B' };
  const wrong = (ops: readonly Op[], rule: number, required = '00'): Violation => ({
    invariant: 'reply.bytes',
    evidence: { rule, required, found: '', because: '' },
    at: ops.length - 1,
    tape: pack(MORE, ops),
  });
  const stored = wrong([fork, write('data+0'), read('data+0')], 13);
  const status = wrong([fork, { op: 'wait', by: 'A', into: 'data+0' }, read('data+0')], 15);
  const digest = wrong([fork, read('data+0')], 2, 'digest 01020304');

  test('are two defects if they got there in two ways, and of a digest nobody knows', () => {
    expect(defectOf(stored)).not.toBe(defectOf(status));
    expect(standsFor(status, stored)).toBe(false);
    expect([standsFor(stored, digest), standsFor(status, digest)]).toEqual([true, true]);
    expect(standsFor(wrong([fork, write('text+0'), read('text+0')], 13), stored)).toBe(false);
  });

  test('spare the store of the kernel that they come from, and not who reads them', () => {
    const tape = pack(MORE, [write('bss+0'), write('text+0'), read('data+0'), fork]);
    const sparing = new Sparing();
    sparing.blame(digest);
    expect(sparing.spare(tape, 1).length).toBe(4);
    sparing.blame(digest, stored);
    expect(sparing.spare(tape, 1).length).toBe(3);
    for (let i = 0; i < 4; i++) sparing.blame(digest);
    expect(sparing.spare(tape, 1).length).toBe(3);
  });
});

test('bytes that no op stored come with the op by which the kernel was to store there, if another did it', () => {
  const evidence = { invariant: 'reply.bytes', rule: 1, required: '01', found: '03', because: 'Who knows.' };
  const fork: Op = { op: 'fork', by: 'A', as: 'B' };
  const read: Op = { op: 'read', by: 'A', at: 'bss+0', length: 1 };
  const because = (...ops: readonly Op[]): string =>
    suspected(pack(MORE, [fork, ...ops, read]), ops.length + 1, evidence).because;
  const across: Op = { ...write('data+4'), by: 'B', length: 5 } as Op;
  const told = 'Who knows. The last that had the kernel store there is kwrite B data+4 length 5 = 1 (op 2).';
  expect(because(across, { op: 'wait', by: 'B', into: 'data+4' })).toBe(told);
  expect(because(across, { op: 'wait', by: 'B', into: 'data+5' })).toContain('wait B into data+5 (op 3)');
  expect(because(write('bss+0'), { ...across, length: 4 } as Op)).toBe('Who knows.');
  expect(suspected(pack(MORE, [fork, across, read]), 2, { ...evidence, rule: 2 }).because).toBe('Who knows.');
});

test('a panic in one op does not stand for the same in another', () => {
  const evidence = { rule: 24, required: '', found: '', because: '', culprit: 'panic: kerneltrap' };
  const at = (op: Op): Violation => ({
    invariant: 'progress.target-lives',
    evidence,
    at: 0,
    tape: pack(MORE, [op]),
  });
  expect(standsFor(at(write('max')), at(write('hole')))).toBe(true);
  expect(standsFor(at(write('data+0')), at({ op: 'wait', by: 'A', into: 'data+0' }))).toBe(false);
});

/** Has one panic at a null pointer, and the same where it finds no memory. */
const SHORT = `
let failing = false;
const answer = line => {
  const [op, , page] = line.split(' ');
  if (op === 'cowcheck') return 'cowcheck 1 name=short ops=fork,write,failalloc layout=data processes=3';
  if (op === 'sync') return line;
  if (op === 'reset') failing = false;
  if (op === 'failalloc') failing = true;
  if (op === 'write' && (page === '2' || failing)) {
    process.stderr.write('died: panic: no page\\n');
    process.exit(70);
  }
  return 'ok';
};
require('readline').createInterface({ input: process.stdin }).on('line', line => process.stdout.write(answer(line) + '\\n'));
`;

test('a panic at the end of memory is a finding beside the same one with memory', async () => {
  const world: World = { pageSize: 8, processes: 3, images: [{ name: 'one', data: 2 }] };
  const target = wireTarget({
    name: 'short',
    limits: { layout: 'data', processes: 3, dear: true },
    command: { file: process.execPath, args: ['-e', SHORT] },
  });
  const investigation = new Investigation({ target, seed: 1, inspect: 'none', shrinkTime: 5000 });
  const rig = await Rig.open(target, world);
  try {
    for (const at of ['null', 'data+0']) {
      const store: Op = { op: 'write', by: 'A', at, length: 1, value: 1 };
      rig.renew();
      const outcome = await rig.run(pack(world, [{ op: 'failalloc', nth: 1 }, store]));
      if (outcome.verdict !== 'violated') throw new Error('it did not die');
      expect(investigation.knows(outcome.violation)).toBe(false);
      await investigation.investigate(outcome.violation, rig.can, world);
    }
  } finally {
    await rig.close();
  }
  expect(investigation.found.map(({ ops }) => ops)).toEqual([1, 2]);
});

test('where births are spared, the first process does what the unborn would have done', () => {
  const fork: Op = { op: 'fork', by: 'A', as: 'B' };
  const ops: readonly Op[] = [
    fork,
    { op: 'read', by: 'B', at: 'max', length: 1 },
    { op: 'exit', by: 'B', status: 0 },
  ];
  const sparing = new Sparing();
  const evidence = { rule: 25, required: '', found: '', because: '' };
  for (let i = 0; i < 3; i++) sparing.blame({ invariant: 'x', evidence, at: 0, tape: pack(MORE, ops) });
  expect(unpack(sparing.spare(pack(MORE, ops), 1), 0)).toMatchObject({ op: 'read', by: 'A' });
  expect(unpack(sparing.spare(pack(MORE, ops), 1), 1)).toMatchObject({ op: 'exit', by: 'B' });
});

describe('what is spared', () => {
  const evidence = { rule: 24, required: '', found: '', because: '', culprit: 'panic: walk' };
  const stop = (op: Op): Violation => ({
    invariant: 'progress.target-lives',
    evidence,
    at: 0,
    tape: pack(MORE, [op]),
  });
  const store = (by: string, at: string): Op => ({ op: 'write', by, at, length: 1, value: 1 });
  const knows = (...ops: readonly Op[]): Sparing => {
    const sparing = new Sparing();
    for (const op of ops) sparing.blame(stop(op));
    return sparing;
  };
  const fork: Op = { op: 'fork', by: 'A', as: 'B' };

  test('ends whoever would have died of it, where an access that is refused kills', () => {
    const tape = pack(MORE, [fork, store('B', 'max'), fork]);
    const sparing = knows(store('A', 'max'));
    expect(unpack(sparing.spare(tape, 1, true), 1)).toEqual({ op: 'exit', by: 'B', status: 0 });
    expect(sparing.spare(tape, 1).length).toBe(2);
    expect(unpack(sparing.spare(tape, 12, true), 1)).toMatchObject({ op: 'write', at: 'max' });
  });

  test('is all but one of the calls that are known, in one run of twelve', () => {
    const places = ['max', 'beyond', 'size'];
    const sparing = knows(...places.map(at => store('A', at)));
    const tape = pack(
      MORE,
      [...places, 'null'].map(at => store('A', at)),
    );
    const tried = new Set<unknown>();
    for (let run = 0; run < 12 * 12; run += 12) {
      const left = sparing.spare(tape, run);
      expect(left.length).toBe(1);
      tried.add((unpack(left, 0) as { readonly at: string }).at);
    }
    expect(tried.size).toBeGreaterThan(1);
    expect(sparing.spare(tape, 1).length).toBe(0);
  });

  test('at an edge is spared whether or not there is memory; in memory that makes a difference', () => {
    const failing = (at: string): Tape => pack(MORE, [{ op: 'failalloc', nth: 1 }, write(at)]);
    const sparing = knows(write('size'), write('data+0'));
    expect([sparing.spare(failing('size'), 1).length, sparing.spare(failing('data+0'), 1).length]).toEqual([
      1, 2,
    ]);
  });

  test('leaves the first process one access that it may die of, where births are spared', () => {
    const sparing = knows(fork);
    const tape = pack(MORE, [
      fork,
      store('B', 'max'),
      { ...write('data+0'), by: 'B' } as Op,
      store('B', 'size'),
    ]);
    const lefts = Array.from({ length: 11 }, (_, i) => sparing.spare(tape, i + 1, true));
    expect(lefts.map(({ length }) => length)).toEqual(lefts.map(() => 2));
    expect(new Set(lefts.map(left => left.words.join())).size).toBe(2);
  });

  test('of a birth at the end of memory is the failure alone, and of births after it nothing', () => {
    const failing: Op = { op: 'failalloc', nth: 1 };
    const sparing = new Sparing();
    sparing.blame({ invariant: 'x', evidence, at: 1, tape: pack(MORE, [failing, fork]) });
    const left = sparing.spare(pack(MORE, [write('data+0'), failing, fork, write('data+0'), fork]), 1);
    expect(Array.from({ length: left.length }, (_, i) => unpack(left, i).op)).toEqual(
      'kwrite fork kwrite fork'.split(' '),
    );
    expect(sparing.spare(pack(MORE, [failing, write('data+0'), fork]), 1).length).toBe(2);
  });

  test('of the records that a kernel stores by itself is apart from what read() stores', () => {
    const long: World = { ...MORE, pageSize: 32 };
    const kwrite = (length: number): Op => ({ op: 'kwrite', by: 'A', at: 'data+0', length, value: 1 });
    const sparing = new Sparing();
    sparing.blame({ invariant: 'x', evidence, at: 0, tape: pack(long, [kwrite(8)]) });
    const tape = pack(long, [kwrite(8), kwrite(24), kwrite(9)]);
    expect(unpack(sparing.spare(tape, 1), 0)).toMatchObject({ length: 9 });
  });
});
