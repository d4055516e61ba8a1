// The parser of saved files: a trace of ops, or interleaved steps.
import { z } from 'zod';
import type { InterleavedTrace } from './interleaved-trace.ts';
import { INTERLEAVING_LIMITS, scopeProblem } from './interleaving.ts';
import { RULES } from './rule.ts';
import { asTrace, complain, jsonOf } from './parse.ts';
import { type Trace, TraceError } from './trace.ts';

const MOST_STEPS = 10_000;

const number = z.int().min(0).max(255);
const within = (limits: readonly [number, number]) => z.int().min(limits[0]).max(limits[1]);
const { cpus, procs, pages, frames, values, threads } = INTERLEAVING_LIMITS;

const schema = z.strictObject({
  format: z.literal(1),
  interleaving: z.strictObject({
    cpus: within(cpus),
    procs: within(procs),
    pages: within(pages),
    frames: within(frames),
    values: within(values),
    threads: within(threads),
  }),
  steps: z
    .array(
      z.strictObject({
        cpu: number,
        does: z.string().min(1).max(60),
        page: number.exactOptional(),
        value: number.exactOptional(),
        process: z.string().min(1).max(16).exactOptional(),
        frame: number.exactOptional(),
      }),
    )
    .max(MOST_STEPS),
  finding: z
    .strictObject({
      rule: z.int().min(1).max(RULES.length),
      invariant: z.string().max(200),
      required: z.string().max(4000),
      found: z.string().max(4000),
      because: z.string().max(4000),
      target: z.string().max(400),
    })
    .exactOptional(),
});

/** Parses a file of either kind: a trace of ops, or interleaved steps. Throws TraceError. */
export function parseSaved(text: string): Trace | InterleavedTrace {
  const json = jsonOf(text);
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  return isObject && Object.hasOwn(json, 'interleaving') ? asInterleaved(json) : asTrace(json);
}

function asInterleaved(json: object): InterleavedTrace {
  const format = (json as { readonly format?: unknown }).format;
  if (format !== 1)
    throw new TraceError(
      'format',
      `this version reads interleaving format 1; received ${JSON.stringify(format)?.slice(0, 80) ?? 'nothing'}`,
    );
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw complain(parsed.error, [], json);
  const { interleaving: scope, steps } = parsed.data;
  const problem = scopeProblem(scope);
  if (problem !== undefined) throw new TraceError('interleaving', problem);
  for (const [i, { cpu }] of steps.entries())
    if (cpu >= scope.cpus)
      throw new TraceError(
        `steps[${i}].cpu`,
        `one of the ${scope.cpus} processors, from 0 on; received ${cpu}`,
      );
  return parsed.data;
}
