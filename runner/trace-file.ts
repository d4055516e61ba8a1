// Traces on disk: read whole, or refused with what is wrong.
import { closeSync, openSync, readSync } from 'node:fs';
import { type InterleavedTrace, isInterleaved } from '../spec/interleaved-trace.ts';
import { parseSaved } from '../spec/saved.ts';
import { MAX_TRACE_BYTES, type Trace, TraceError } from '../spec/trace.ts';
import { reason, StoreError } from './store.ts';

/** The text of a file, a pipe or a device, of which no more is read than a trace may have. */
function readText(path: string): string {
  const chunks: Buffer[] = [];
  let size = 0;
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(65_536);
      const read = readSync(file, chunk);
      if (read === 0) return Buffer.concat(chunks).toString('utf8');
      size += read;
      if (size > MAX_TRACE_BYTES)
        throw new TraceError(
          '',
          `${path}: a trace file may have ${MAX_TRACE_BYTES} bytes; this one has more`,
        );
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
}

/** Reads and parses a trace file. Throws StoreError if it cannot be read, TraceError (with the path) if it is no trace. */
export function readTrace(path: string): Trace {
  const saved = readSaved(path);
  if (!isInterleaved(saved)) return saved;
  throw new TraceError(
    '',
    `${path}: these are interleaved steps, and a trace of ops is accepted; what shows them again: cowcheck replay ${path}`,
  );
}

/** The same for a file of either kind: a trace of ops, or interleaved steps. */
export function readSaved(path: string): Trace | InterleavedTrace {
  let text: string;
  try {
    text = readText(path);
  } catch (cause) {
    if (cause instanceof TraceError) throw cause;
    throw new StoreError(path, `cannot be read (${reason(cause)})`);
  }
  try {
    return parseSaved(text);
  } catch (cause) {
    if (cause instanceof TraceError) throw new TraceError('', `${path}: ${cause.message}`);
    throw cause;
  }
}
