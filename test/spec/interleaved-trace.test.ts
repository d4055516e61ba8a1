// Files of interleaved steps: what is written is read again, and what is wrong is named with what is accepted.
import { describe, expect, test } from 'vitest';
import { formatInterleaved, type InterleavedTrace, isInterleaved } from '../../spec/interleaved-trace.ts';
import { parseSaved } from '../../spec/saved.ts';
import { TraceError } from '../../spec/trace.ts';

const TRACE: InterleavedTrace = {
  format: 1,
  interleaving: { cpus: 2, procs: 2, pages: 1, frames: 3, values: 2, threads: 2 },
  steps: [
    { cpu: 0, does: 'fork' },
    { cpu: 1, does: 'store', page: 0, value: 1 },
    { cpu: 1, does: 'run', process: 'B' },
    { cpu: 1, does: 'allocate', frame: 1 },
  ],
  finding: {
    rule: 29,
    invariant: 'translations.none-stale',
    required: 'x',
    found: 'y',
    because: 'z',
    target: 'mutant:break-flushes-no-other-cpu',
  },
};
const TEXT = formatInterleaved(TRACE);

test('what is written is read again, a step a line', () => {
  expect(parseSaved(TEXT)).toEqual(TRACE);
  expect(TEXT.split('\n').filter(line => line.startsWith('    {"cpu"'))).toHaveLength(4);
  const { finding: _, ...bare } = TRACE;
  expect(parseSaved(formatInterleaved(bare))).toEqual(bare);
});

test('a trace of ops is one still', () => {
  const trace = parseSaved(
    '{"format":1,"world":{"pageSize":8,"processes":1,"images":[{"name":"a","data":1}]},"ops":[]}',
  );
  expect(isInterleaved(trace)).toBe(false);
});

describe('what is wrong is named', () => {
  const changed = (change: (json: Record<string, unknown>) => void): string => {
    const json = JSON.parse(TEXT) as Record<string, unknown>;
    change(json);
    return JSON.stringify(json);
  };
  const scope = (more: object): string =>
    changed(json => Object.assign(json['interleaving'] as object, more));
  const step = (more: object): string =>
    changed(json => Object.assign((json['steps'] as object[])[1] ?? {}, more));

  test.each([
    [TEXT.slice(0, -20), 'is the file complete?'],
    [changed(json => (json['format'] = 2)), 'format: '],
    [changed(json => (json['more'] = 1)), 'Unrecognized key: "more"'],
    [changed(json => (json['steps'] = 7)), 'steps: '],
    [scope({ cpus: 9 }), 'interleaving.cpus: '],
    [scope({ threads: 3 }), 'interleaving: threads is 3: a process runs on at most all 2 processors'],
    [scope({ frames: 0 }), 'interleaving.frames: '],
    [step({ cpu: 2 }), 'steps[1].cpu: one of the 2 processors, from 0 on; received 2'],
    [step({ does: '' }), 'steps[1].does: '],
    [step({ page: -1 }), 'steps[1].page: '],
    [step({ colour: 'red' }), 'steps[1]: Unrecognized key: "colour"'],
    [changed(json => Object.assign(json['finding'] as object, { rule: 99 })), 'finding.rule: '],
  ])('%#', (text, words) => {
    expect(() => parseSaved(text)).toThrow(TraceError);
    expect(() => parseSaved(text)).toThrow(words);
  });
});
