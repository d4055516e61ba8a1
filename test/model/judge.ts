// Hand-built transcripts of what a target might have answered, and what the judge must say to each.
import { expect, test } from 'vitest';
import { ReferenceOracle } from '../../model/oracle.ts';
import type { Dialect } from '../../spec/dialect.ts';
import type { Judgement } from '../../spec/law.ts';
import * as is from '../../spec/reply.ts';
import { INJECTED, Transcript } from '../../spec/transcript.ts';
import { MODEL_DIALECT } from '../../targets/model/dialect.ts';
import { tape } from '../history.ts';
import { SMALL } from './worlds.ts';

/** A teaching kernel that does everything one way; each test changes what it is about. */
const DIALECT: Dialect = {
  ...MODEL_DIALECT,
  textWritable: false,
  refusedAccess: 'killed',
  lastOwner: 'reuses',
  releaseAt: 'exit',
  vfork: 'borrows',
  partialKernelWrite: 'prefix',
  kernelWritesText: false,
  statusWord: 'plain',
  waitFault: 'keeps',
  sbrkLazy: false,
  zeroPages: 'present',
  readPin: 'unshares',
};

interface Setting extends Partial<Dialect> {
  /** Data frames, -1 undeclared; and processes the target can hold. */
  readonly frames?: number;
  readonly processes?: number;
}

export type Answer = (seen: Transcript) => void;
export const answer =
  (kind: number, a = 0, b = 0, c = 0, flags = 0): Answer =>
  seen =>
    seen.reply(kind, a, b, c, flags);
export const bytes =
  (...found: number[]): Answer =>
  seen => {
    const start = seen.reserveBytes(found.length);
    seen.bytes.set(found, start);
    seen.reply(is.BYTES, start, found.length);
  };

export const [A, B, C] = [0, 1, 2];
export const ok = answer(is.OK);
export const forked = (child: number, inChild = 0): Answer => answer(is.FORKED, child, inChild);
export const noMemory = answer(is.REFUSED, is.FOR_MEMORY);
export const injected = answer(is.REFUSED, is.FOR_MEMORY, 0, 0, INJECTED);
export const noProcesses = answer(is.REFUSED, is.FOR_PROCESSES);
export const missing = answer(is.REFUSED, is.FOR_MISSING);
export const killed = answer(is.KILLED, is.FOR_ACCESS);
export const outOfMemory = answer(is.KILLED, is.FOR_MEMORY);
export const reaped = (child: number, ending: number): Answer => answer(is.REAPED, child, ending);
export const fault = (stands = 0): Answer => answer(is.FAULT, stands);
export const fresh = bytes(0x20, 0x21);

export type Step = readonly [op: string, answer: Answer];

/** Judges all steps; all but the last must be allowed. */
export function last(setting: Setting, ...steps: readonly Step[]): Judgement {
  return judged(setting, steps)[0];
}

/** The last judgement, and the rule it was about. */
function judged(setting: Setting, steps: readonly Step[]): readonly [Judgement, number] {
  const { frames, processes, ...dialect } = setting;
  const oracle = new ReferenceOracle();
  const ops = tape(SMALL, steps.map(([op]) => op).join('\n'));
  const capacity = frames === -1 ? undefined : (frames ?? 8);
  oracle.reset(SMALL, 5, { ...DIALECT, ...dialect }, capacity, processes);
  const seen = new Transcript();
  let judgement: Judgement = 'idle';
  steps.forEach(([op, answered], index) => {
    if (typeof judgement === 'object') throw new Error(`objected before ${op}: ${JSON.stringify(judgement)}`);
    answered(seen);
    judgement = oracle.judge(ops, index, seen);
    if (typeof judgement === 'object') expect(oracle.rule).toBe(judgement.rule);
  });
  return [judgement, oracle.rule];
}

type Case = readonly [
  what: string,
  expected: number | 'held' | 'idle' | `kept ${number}`,
  setting: Setting,
  ...steps: Step[],
];

/** A number is the rule that must be found broken; `kept` tells the one that must count as kept. */
export function cases(...all: readonly Case[]): void {
  for (const [what, expected, setting, ...steps] of all)
    test(`${what}: ${expected}`, () => {
      const [judgement, rule] = judged(setting, steps);
      const held = String(expected).startsWith('kept') ? `kept ${rule}` : 'held';
      const found = typeof judgement === 'object' ? judgement.rule : judgement === 'held' ? held : 'idle';
      expect(found, JSON.stringify(judgement)).toBe(expected);
    });
}

export const FORK: Step = ['fork A -> B', forked(B)];
export const VFORK: Step = ['vfork A -> B', forked(B)];
