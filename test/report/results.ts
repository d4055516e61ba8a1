// Results to report: one of each verdict, and one in which the target wrote everything it should not.
import type { ReportedCounterexample, ReportedResult } from '../../report/result.ts';
import type { Finding, Trace } from '../../spec/trace.ts';

const FINDING: Finding = {
  rule: 2,
  invariant: 'reply.bytes',
  at: 2,
  required: 'bytes 00',
  found: 'bytes 09',
  because: 'B wrote it.',
  target: './mine.js',
  identity: { version: '1.2' },
  seed: 541,
  shrunkFrom: 25,
  reproduced: { times: 2, of: 2 },
};

export function counterexample(
  finding: Partial<Finding> = {},
  file = 'found/ab.json',
): ReportedCounterexample {
  const trace: Trace = {
    format: 1,
    world: { pageSize: 8, processes: 3, images: [{ name: 'one', data: 1 }] },
    ops: [
      { op: 'fork', by: 'A', as: 'B' },
      { op: 'write', by: 'B', at: 'data+0', length: 1, value: 9 },
      { op: 'read', by: 'A', at: 'data+0', length: 1 },
      { op: 'exit', by: 'B', status: 0 },
    ],
    finding: { ...FINDING, ...finding },
  };
  const { rule, invariant, shrunkFrom } = trace.finding ?? FINDING;
  return {
    id: 'abcdef01',
    rule,
    invariant,
    ops: trace.ops.length,
    shrunkFrom,
    file,
    replay: file === '' ? '' : `npx cowcheck replay ${file}`,
    trace,
  };
}

export const HELD: ReportedResult = {
  verdict: 'held',
  target: './mine.js',
  seed: 541,
  runs: 12_345,
  ops: 678_901,
  seconds: 12.3456,
  opsHit: { fork: 1000, write: 2000, read: 0 },
  opsLeftOut: ['vfork', 'exec'],
  rulesHit: { 1: 10, 2: 20, 3: 0 },
  rulesLeftOut: [4, 5],
  witnesses: { 'a fork shared a frame': 30 },
  sitesHit: { 'copy: first': 4 },
  sweeps: { tapes: 2, failures: 9 },
  counterexamples: [],
  digest: '0123456789abcdef',
  identity: { version: '1.2' },
  leftOut: ['the machine shows no frame numbers without privileges'],
  why: [],
  unhit: ['op read', 'rule 3'],
  invariantsLeftOut: [{ invariant: 'frames.faults-are-counted', lacks: ['faults'] }],
  interrupted: false,
};

export const VIOLATED: ReportedResult = { ...HELD, verdict: 'violated', counterexamples: [counterexample()] };

export const INCONCLUSIVE: ReportedResult = {
  ...HELD,
  verdict: 'inconclusive',
  why: ['it never happened that a write broke a shared page', 'the rig failed'],
};

/** What a hostile target may say: ends of sections, tags, escapes, commands, half characters. */
export const HOSTILE =
  ']]> <script>alert(1)</script> & "q" \'a\' \u001b[31mred\u001b[0m \u0000 \r\n::error title=x::y\n%0A%25 \ud800 \udfff \ufffe \uffff \u009b2J \u202egnp.exe \u2028 \u{1f404} é';

export const HOSTILE_RESULT: ReportedResult = {
  ...HELD,
  verdict: 'violated',
  target: HOSTILE,
  leftOut: [HOSTILE],
  counterexamples: [
    counterexample(
      { required: HOSTILE, found: HOSTILE, because: HOSTILE, target: HOSTILE, invariant: HOSTILE },
      `found/${HOSTILE}.json`,
    ),
  ],
};
