// The walk: states as plain data, paths by their words and back, what a move changed, where it leads, which law it breaks.
import { describe, expect, test } from 'vitest';
import { coarse } from '../../explorer/bounds.ts';
import { SmallWorld } from '../../explorer/small-world.ts';
import { formatPath, MOST_STEPS, parsePath, type Walk, WalkError, Walker } from '../../explorer/walk.ts';
import { CowMachine } from '../../model/cow/machine.ts';
import { describeReply } from '../../spec/answer.ts';
import type { OpName } from '../../spec/op.ts';
import { Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { tape } from '../history.ts';

const WORLD: World = {
  pageSize: 8,
  processes: 2,
  frames: 4,
  images: [{ name: 'only', text: 1, data: 1 }],
};
const FEW: readonly OpName[] = ['fork', 'exit', 'wait', 'read', 'write', 'failalloc'];
/** Everything that the portrait has words for. */
const ROOMY: World = { ...WORLD, processes: 3, frames: 8, spare: { heap: 1, map: 1 } };
const MANY: readonly OpName[] = [
  ...FEW,
  ...(['vfork', 'exec', 'kill', 'kwrite', 'mmap', 'munmap', 'mprotect', 'sbrk', 'madvise'] as const),
  ...(['pin', 'unpin', 'swapout', 'swapin'] as const),
];

async function walker(
  machine: typeof CowMachine = CowMachine,
  world: World = WORLD,
  ops: readonly OpName[] = FEW,
): Promise<Walker<unknown>> {
  const { can } = await modelTarget().open(world);
  const symmetries = { frames: true, processes: true, values: true, pages: true, spaces: true };
  const space = await SmallWorld.of({ world, machine, can: { ...can, ops }, grain: coarse(2), symmetries });
  return new Walker(space);
}

/** Every walk of at most `depth` steps that leads on to states that are new to it, and of those the first `most` at each place. */
function walks(through: Walker<unknown>, depth: number, most: number): readonly Walk[] {
  const found: Walk[] = [through.at([])];
  for (let from = 0, level = 0; level < depth; level++) {
    const end = found.length;
    for (; from < end; from++) {
      const { steps, moves } = found[from] ?? expect.unreachable();
      const path = steps.map(({ step }) => step);
      const onward = moves.filter(({ leads }) => leads === 'new').slice(0, most);
      for (const { step } of onward) found.push(through.at([...path, step]));
    }
  }
  return found;
}

/** A path that cannot be walked: what is said of it, and where it still could be. */
function refusal(make: () => unknown): { readonly message: string; readonly before: readonly string[] } {
  try {
    make();
  } catch (cause) {
    if (cause instanceof WalkError) return { message: cause.message, before: cause.before };
    throw cause;
  }
  throw new Error('it can be walked');
}

test('a store after a fork: what was done, what is there, what changed', async () => {
  const walk = (await walker()).at(['fork.A.B', 'write.A.data+0.4.224']);
  expect(walk.steps.map(({ text, step, answer }) => ({ text, step, answer }))).toEqual([
    { text: 'fork A -> B', step: 'fork.A.B', answer: 'forked: B in the parent, 0 in the child' },
    { text: 'write A data+0 length 4 = 224', step: 'write.A.data+0.4.224', answer: 'ok' },
  ]);
  expect(walk.breach).toBeUndefined();
  expect(walk.laws).toBeGreaterThan(20);
  expect(walk.state).toEqual({
    processes: [
      {
        name: 'A',
        state: 'alive',
        parent: 'init',
        image: 'only',
        pages: [
          {
            at: 'text+0',
            permission: 'rx',
            kind: 'image',
            frame: 4,
            bits: ['present'],
            bytes: '01 02 03 04 05 06 07 08',
          },
          {
            at: 'data+0',
            permission: 'rw',
            kind: 'private',
            frame: 1,
            bits: ['present', 'writable'],
            bytes: 'e0 00 00 00 24 25 26 27',
          },
        ],
      },
      {
        name: 'B',
        state: 'alive',
        parent: 'A',
        image: 'only',
        pages: [
          {
            at: 'text+0',
            permission: 'rx',
            kind: 'image',
            frame: 4,
            bits: ['present'],
            bytes: '01 02 03 04 05 06 07 08',
          },
          {
            at: 'data+0',
            permission: 'rw',
            kind: 'private',
            frame: 0,
            bits: ['present', 'copy-on-write'],
            bytes: '20 21 22 23 24 25 26 27',
          },
        ],
      },
    ],
    frames: [
      {
        number: 0,
        role: 'data',
        free: false,
        count: 1,
        holders: ['B data+0'],
        bytes: '20 21 22 23 24 25 26 27',
      },
      {
        number: 1,
        role: 'data',
        free: false,
        count: 1,
        holders: ['A data+0'],
        bytes: 'e0 00 00 00 24 25 26 27',
      },
      { number: 2, role: 'data', free: true, count: 0, holders: [], bytes: 'db db db db db db db db' },
      { number: 3, role: 'data', free: true, count: 0, holders: [], bytes: 'db db db db db db db db' },
      {
        number: 4,
        role: 'image',
        free: false,
        count: 3,
        holders: ['A text+0', 'B text+0', 'the cache'],
        bytes: '01 02 03 04 05 06 07 08',
      },
    ],
    cpus: [],
    totals: [
      { name: 'data frames in use', value: '2 of 4' },
      { name: 'data frames of eager copying', value: '2' },
      { name: 'page-table frames', value: '4' },
    ],
  });
  expect(walk.changes.map(({ of, what, from, to }) => `${of} ${what}: ${from} > ${to}`)).toEqual([
    'A data+0 frame: 0 > 1',
    'A data+0 bits: present, copy-on-write > present, writable',
    'A data+0 bytes: 20 21 22 23 24 25 26 27 > e0 00 00 00 24 25 26 27',
    'frame 0 count: 2 > 1',
    'frame 0 holders: A data+0, B data+0 > B data+0',
    'frame 1 state: free > data',
    'frame 1 count: 0 > 1',
    'frame 1 holders: nobody > A data+0',
    'data frames in use value: 1 of 4 > 2 of 4',
  ]);
});

test('it is plain data', async () => {
  for (const walk of walks(await walker(), 2, 100)) expect(JSON.parse(JSON.stringify(walk))).toEqual(walk);
});

describe('on every walk of a few steps', () => {
  test.each([
    ['two processes', WORLD, FEW, 2, 5, 1],
    ['everything', ROOMY, MANY, 2, 3, 25],
  ] as const)(
    'in a world of %s, each move leads where it is said to lead',
    async (_, world, ops, depth, most, every) => {
      const through = await walker(CowMachine, world, ops);
      let followed = 0;
      for (const { steps, start, id, moves } of walks(through, depth, most)) {
        const ids = [start, ...steps.map(step => step.id)];
        const path = steps.map(({ step }) => step);
        expect(new Set(moves.map(({ step }) => step)).size).toBe(moves.length);
        for (const move of moves.filter((_move, i) => i % every === 0)) {
          const next = through.at(parsePath(formatPath([...path, move.step])));
          followed++;
          expect({ step: move.step, id: next.id }).toEqual({ step: move.step, id: move.id });
          expect(next.steps.at(-1)).toMatchObject({ text: move.text, step: move.step });
          if (move.leads === 'same') expect(next.id).toBe(id);
          if (move.leads === 'back') expect(next.id).toBe(ids[move.to]);
          if (move.leads === 'new') expect(ids).not.toContain(next.id);
          expect(next.metAt).toBe(ids.includes(next.id) ? ids.indexOf(next.id) : undefined);
        }
      }
      expect(followed).toBeGreaterThan(50);
    },
  );

  test('the ops in words are the ops: a target gives them the same answers', async () => {
    const through = await walker(CowMachine, ROOMY, MANY);
    const session = await modelTarget().open(ROOMY);
    const seen = new Transcript();
    for (const { steps } of walks(through, 3, 6)) {
      const own = tape(ROOMY, steps.map(({ text }) => text).join('\n'));
      seen.clear();
      await session.reset();
      await session.run(own, 'each', seen);
      const names = ['A', 'B', 'C', 'D'].map(name => own.names.find(one => one === name) ?? name);
      expect(steps.map((_, i) => describeReply(names, seen, i))).toEqual(steps.map(({ answer }) => answer));
    }
  });

  test('what refers to a frame is what its count says, and no contents differ from an eager copy', async () => {
    for (const { state } of walks(await walker(CowMachine, ROOMY, MANY), 3, 6)) {
      for (const { number, count, holders } of state.frames)
        expect({ number, count }).toEqual({ number, count: holders.length });
      for (const { pages } of state.processes) expect(pages.filter(page => 'eager' in page)).toEqual([]);
    }
  });
});

test('two paths to one state, up to names, have one id; and a path that comes back says so', async () => {
  const through = await walker();
  const once = through.at(['fork.A.B', 'write.A.data+0.4.224', 'exit.B.224', 'wait.A']);
  const other = through.at(['write.A.data+0.4.224']);
  expect(once.id).toBe(other.id);
  expect(once.id).not.toBe(once.start);
  // The page is its owner's alone again once that has stored to it.
  const back = through.at(['fork.A.B', 'exit.B.224', 'wait.A', 'write.A.data+0.4.589439264']);
  expect(back).toMatchObject({ metAt: 0, id: back.start });
});

describe('what is wrong with a machine', () => {
  /** Forgets what it copies. */
  class Blank extends CowMachine {
    override copyFrame(_from: number, to: number): void {
      this.memory.noteWritten(to);
    }
  }
  class Throws extends CowMachine {
    override sharePage(): void {
      throw new Error('<no> way');
    }
  }

  test('a law that breaks is foretold, then shown with what an eager copy would hold; there the history ends', async () => {
    const through = await walker(Blank);
    const path = ['fork.A.B', 'write.A.data+0.4.224'];
    expect(through.at(['fork.A.B']).moves.find(({ step }) => step === path[1])).toMatchObject({
      leads: 'breaks',
      law: 'contents.write-is-exact/4',
    });
    const { breach, moves, state } = through.at(path);
    expect(breach).toEqual({
      invariant: 'contents.write-is-exact',
      rule: 4,
      required: 'A data page 0 from byte 4: 24 25 26 27',
      found: 'db db db db',
    });
    expect(moves).toEqual([]);
    expect(state.processes[0]?.pages[1]).toMatchObject({
      bytes: 'e0 00 00 00 db db db db',
      eager: 'e0 00 00 00 24 25 26 27',
    });
    expect(refusal(() => through.at([...path, 'read.A.data+0.1']))).toEqual({
      message: 'step 3, read.A.data+0.1, cannot be made: step 2 broke a law, and the history ends there',
      before: path,
    });
    // And the walk after that begins anew.
    expect(through.at([]).breach).toBeUndefined();
  });

  test('one that dies breaks the law that it lives', async () => {
    const through = await walker(Throws);
    expect(through.at([]).moves.find(({ step }) => step === 'fork.A.B')).toMatchObject({ leads: 'breaks' });
    expect(through.at(['fork.A.B'])).toMatchObject({
      breach: { invariant: 'progress.target-lives', rule: 24, found: '<no> way' },
      steps: [{ answer: '(not answered)' }],
    });
  });
});

describe('a path', () => {
  test('is its steps with ~ between', () => {
    const steps = ['fork.A.B', 'write.A.data+0.4.224', 'sbrk.A.-1', 'read.A.max-1.1'];
    expect(formatPath(steps)).toBe('fork.A.B~write.A.data+0.4.224~sbrk.A.-1~read.A.max-1.1');
    expect(parsePath(formatPath(steps))).toEqual(steps);
    expect(parsePath(formatPath([]))).toEqual([]);
    expect(parsePath(formatPath(Array(MOST_STEPS).fill('x')))).toHaveLength(MOST_STEPS);
  });

  test.each([
    ['~', 'step 1 is not readable: received ""', []],
    ['fork.A.B~', 'step 2 is not readable: received ""', ['fork.A.B']],
    ['fork.A.B~<i>', 'step 2 is not readable: received "<i>"', ['fork.A.B']],
    ['fork..B', 'step 1 is not readable: received "fork..B"', []],
    ['x'.repeat(500), `step 1 is not readable: received "${'x'.repeat(80)}…"`, []],
  ])('%s is refused', (path, message, before) => {
    const told = refusal(() => parsePath(path));
    expect(told.message).toBe(`${message}; a step is words with dots between, such as fork.A.B`);
    expect(told.before).toEqual(before);
  });

  test('that is too long is refused, wherever it comes from', async () => {
    const long: readonly string[] = Array(MOST_STEPS + 1).fill('read.A.data+0.1');
    expect(refusal(() => parsePath(formatPath(long))).message).toBe(
      'a path has at most 200 steps; this one has more',
    );
    const through = await walker();
    expect(refusal(() => through.at(long)).message).toBe('a path has at most 200 steps; this one has 201');
    expect(through.at(long.slice(1))).toMatchObject({ moves: [], metAt: 0 });
  });

  test('that cannot be walked says which step, and what could be done there', async () => {
    const through = await walker();
    expect(refusal(() => through.at(['fork.A.B', 'exit.C.224']))).toEqual({
      message:
        'step 2, exit.C.224, cannot be made there; what begins with exit there: exit.A.224, exit.B.224',
      before: ['fork.A.B'],
    });
    expect(refusal(() => through.at(['dance.A']))).toEqual({
      message:
        'step 1, dance.A, cannot be made there; what can be done there begins with: fork, exit, wait, read, write, failalloc',
      before: [],
    });
  });
});
