// What is printed of a finding that could not be saved.
import { forTerminal } from '../report/escape.ts';
import { formatInterleaved, type InterleavedTrace, isInterleaved } from '../spec/interleaved-trace.ts';
import { formatTrace, type Trace } from '../spec/trace.ts';

/** A finding that exists nowhere else, whole: what follows the first line is a trace file. */
export function unsaved(trace: Trace | InterleavedTrace, why: string): string {
  const text = isInterleaved(trace) ? formatInterleaved(trace) : formatTrace(trace);
  const ascii = text.replaceAll(
    /[\u007f-\uffff]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `cowcheck: a finding could not be saved: ${forTerminal(why)}; to keep it, put this into a file:\n${ascii.trimEnd()}`;
}
