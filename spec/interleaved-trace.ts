// Interleaving format 1: the JSON form of a history of interleaved steps, its parser, and its writer.
import { z } from 'zod';
import { INTERLEAVING_LIMITS, type InterleavingScope, scopeProblem } from './interleaving.ts';
import { RULES, type RuleId } from './rule.ts';
import { asTrace, complain, jsonOf, type Trace, TraceError } from './trace.ts';

/** One step of one processor: what it does, by the name of the step or of what is done in user mode. */
export interface InterleavedMove {
  readonly cpu: number;
  /** `look up`, `store fault` … */
  readonly does: string;
  /** Of what is done about a page, its number. */
  readonly page?: number;
  /** Of a store, the value. */
  readonly value?: number;
  /** Of `run`, which process. */
  readonly process?: string;
  /** Of a step that allocates, the frame it is given; absent: there is none. */
  readonly frame?: number;
}

/** The law that the last step breaks. Texts may have been edited: escape them where they are shown. */
export interface InterleavedFinding {
  readonly rule: RuleId;
  readonly invariant: string;
  readonly required: string;
  readonly found: string;
  readonly because: string;
  /** `model`, `mutant:NAME`. */
  readonly target: string;
}

/** Plain data. Any subsequence of `steps` is a history too: what cannot be done where it stands is left out. */
export interface InterleavedTrace {
  readonly format: 1;
  readonly interleaving: InterleavingScope;
  readonly steps: readonly InterleavedMove[];
  readonly finding?: InterleavedFinding;
}

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

/** A history of steps, by the one field that no trace of ops has. */
export function isInterleaved(saved: Trace | InterleavedTrace): saved is InterleavedTrace {
  return 'interleaving' in saved;
}

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

/** The history as text: stable key order, one step a line, ending in a newline. */
export function formatInterleaved({ interleaving, steps, finding }: InterleavedTrace): string {
  const scope = Object.fromEntries(
    Object.keys(INTERLEAVING_LIMITS).map(name => [name, interleaving[name as keyof InterleavingScope]]),
  );
  const lines = steps.map(({ cpu, does, page, value, process, frame }) =>
    JSON.stringify({ cpu, does, page, value, process, frame }),
  );
  const found =
    finding === undefined
      ? ''
      : `,\n  "finding": ${JSON.stringify(finding, null, 2).replaceAll('\n', '\n  ')}`;
  return `{\n  "format": 1,\n  "interleaving": ${JSON.stringify(scope)},\n  "steps": [\n    ${lines.join(',\n    ')}\n  ]${found}\n}\n`;
}
