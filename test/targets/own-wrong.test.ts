// Objects that are no targets, and methods that fail: what is said of each.
import { describe, expect, test } from 'vitest';
import { type CowObject, defineTarget, fuzz, NotATarget } from '../../index.ts';
import { failure, replies, shows, store, WORLD } from './store.ts';

describe('what goes wrong is named', () => {
  test.each([
    [null, 'a target was expected and null given; accepted is an object with start, fork, read, write'],
    [
      {},
      'start, fork, read, write are missing or no function; the object has nothing, and must have start, fork',
    ],
    [{ ...store(), write: 7 }, 'write is missing or no function'],
    [{ ...store(), exit: 'x' }, 'exit is "x"; accepted is a function, or nothing'],
    [store({ ...shows, inspect: () => [] }), 'frames and inspect show the same'],
    [store({ count: () => 1 }), 'count is about a frame, and nothing shows any'],
    [store({ save: () => 1 }), 'restore is missing; accepted is save() with restore(saved), or neither'],
    [store({ restore: () => {} }), 'save is missing'],
    [store({ fingerprint: () => '' }), 'fingerprint tells apart the states that an exploration goes back to'],
  ])('an object that is none: %#', (object, message) => {
    expect(() => defineTarget(object as CowObject)).toThrow(NotATarget);
    expect(() => defineTarget(object as CowObject)).toThrow(message);
  });

  test('a start that fails', async () => {
    const error = await failure(
      defineTarget(store({ start: () => Promise.reject(new Error('no disk')) })).open(WORLD),
    );
    expect(error).toMatchObject({ name: 'RigError', code: 'own-start' });
    expect(error.message).toContain('own: it could not be started: Error: no disk');
  });

  test('an exception is a crash, at its op, with its place', async () => {
    const object = store({
      write: () => {
        throw new TypeError('undefined is not a page');
      },
    });
    const error = await failure(replies(object, 'fork A -> B\nwrite B data+0 length 1 = 1'));
    expect(error).toMatchObject({ name: 'TargetDied', at: 1 });
    expect(error.message).toMatch(
      /^own threw TypeError: undefined is not a page \(at .*own-wrong\.test\.ts:\d+:\d+\)?.* in op 2, write B data\+0 length 1 = 1; a refusal would be: throw new Refused\('memory'\)$/,
    );
    const result = await fuzz({ target: defineTarget(object), runs: 50, seed: 1 });
    expect(result.counterexamples[0]).toMatchObject({ rule: 24, ops: 1 });
  });

  test('a read that returns nothing, a wait that returns a stranger, a frame list that fails', async () => {
    const read = await failure(replies(store({ read: () => undefined as never }), 'read A data+0 length 3'));
    expect(read.message).toBe('read returned undefined; accepted is an array or Uint8Array of 3 bytes');
    const wait = await failure(
      replies(store({ wait: () => ({ child: { pages: [] }, status: 0 }) }), 'wait A'),
    );
    expect(wait.message).toContain("accepted is { child, status }, 'running' or 'no-child'");
    let calls = 0;
    const frames = await failure(
      replies(
        store({
          frames: process => {
            if (calls++ > 1) throw new Error('gone');
            return process.pages;
          },
        }),
        'fork A -> B',
        'each',
      ),
    );
    expect(frames.message).toContain(
      'own: looking at its frames failed after op 1, fork A -> B: Error: gone',
    );
  });

  test('a promise that never settles', async () => {
    const timers: (() => void)[] = [];
    const real = globalThis.setTimeout;
    globalThis.setTimeout = ((act: () => void) => {
      timers.push(act);
      return real(() => {}, 0);
    }) as typeof setTimeout;
    try {
      const run = failure(replies(store({ exit: () => new Promise(() => {}) }), 'exit A status 0'));
      while (timers.length === 0) await new Promise(resolve => setImmediate(resolve));
      timers[0]?.();
      expect((await run).message).toContain('a promise that was not settled within 10 s');
    } finally {
      globalThis.setTimeout = real;
    }
  });
});
