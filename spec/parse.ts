// The parser of trace format 1: what a file may hold, and what is wrong with one that holds something else.
import { z } from 'zod';
import { MOST_PINS, OPS, OP_NAMES, type Field, type Op, type OpName } from './op.ts';
import { RULES } from './rule.ts';
import { AddressError, handleOf, locate } from './tape.ts';
import { MAX_TRACE_BYTES, MAX_TRACE_OPS, type Trace, TraceError } from './trace.ts';
import type { World } from './world.ts';

const pagesOf = (most: number) => z.int().min(0).max(most).exactOptional();

const image = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/, 'a name of 1 to 32 letters, digits, _ . or -'),
  text: pagesOf(64),
  rodata: pagesOf(64),
  data: pagesOf(64),
  bss: pagesOf(64),
  heap: pagesOf(64),
  stack: pagesOf(64),
});

const powerOfTwo = (n: number): boolean => (n & (n - 1)) === 0;

/** The schema of a world; also what a configuration file uses. */
export const worldSchema = z
  .strictObject({
    pageSize: z.int().min(8).max(65536).refine(powerOfTwo, 'a power of two'),
    processes: z.int().min(1).max(64),
    frames: z.int().min(1).max(1_048_576).exactOptional(),
    images: z.array(image).min(1).max(8),
    spare: z.strictObject({ heap: pagesOf(64), map: pagesOf(64) }).exactOptional(),
    countBits: z.int().min(2).max(32).exactOptional(),
  })
  .refine(
    world => world.images.every(i => (i.data ?? 0) + (i.bss ?? 0) + (i.heap ?? 0) + (i.stack ?? 0) > 0),
    'every image needs at least one page of data, bss, heap or stack',
  )
  .refine(
    ({ frames, images: [first] }) =>
      frames === undefined ||
      frames >= (first?.data ?? 0) + (first?.bss ?? 0) + (first?.heap ?? 0) + (first?.stack ?? 0),
    {
      message: 'at least as many frames as the first image has pages of data, bss, heap and stack',
      path: ['frames'],
    },
  );

const processName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,15}$/, 'a process name: a letter, then up to 15 letters, digits or _')
  .refine(name => name !== 'init', 'init performs no op; name another process');

const HANDLES = Array.from({ length: MOST_PINS }, (_, number) => handleOf(number));

function fieldSchema(field: Field): z.ZodType {
  switch (field.kind) {
    case 'process':
      return processName;
    case 'handle':
      return z
        .string()
        .refine(name => HANDLES.includes(name), `a pin name: ${HANDLES[0]} to ${HANDLES.at(-1)}`);
    case 'integer':
      return z.int().min(field.min).max(field.max);
    case 'choice':
      return z.enum(field.values as [string, ...string[]]);
    case 'address':
      return field.optional === true ? z.string().max(32).optional() : z.string().max(32);
  }
}

const opSchemas = new Map<OpName, z.ZodType>(
  OP_NAMES.map(name => [
    name,
    z.strictObject({
      op: z.literal(name),
      ...Object.fromEntries(OPS[name].fields.map(field => [field.name, fieldSchema(field)])),
    }),
  ]),
);

const findingSchema = z.strictObject({
  rule: z.int().min(1).max(RULES.length),
  invariant: z.string().max(200),
  at: z.int().min(0),
  required: z.string().max(4000),
  found: z.string().max(4000),
  because: z.string().max(4000),
  target: z.string().max(400),
  identity: z.record(z.string().max(100), z.string().max(4000)),
  seed: z.int().exactOptional(),
  shrunkFrom: z.int().min(0),
  reproduced: z.strictObject({ times: z.int().min(0), of: z.int().min(0) }),
});

const scheduleSchema = z.strictObject({
  holds: z
    .array(
      z.strictObject({
        op: z.int().min(0),
        access: z.int().min(1).max(200),
        lock: z.int().min(0).max(9),
      }),
    )
    .max(2),
  outOfMemory: z.literal(true).exactOptional(),
});

const envelope = z.strictObject({
  format: z.literal(1),
  world: worldSchema,
  ops: z.array(z.unknown()).max(MAX_TRACE_OPS),
  schedule: scheduleSchema.exactOptional(),
  finding: findingSchema.exactOptional(),
});

const place = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (all, key) =>
      typeof key === 'number' ? `${all}[${key}]` : all === '' ? String(key) : `${all}.${String(key)}`,
    '',
  );

/** What `error` says of `value`, which stands at `prefix`. */
export function complain(error: z.ZodError, prefix: readonly PropertyKey[], value: unknown): TraceError {
  const issue = error.issues[0];
  if (issue === undefined) return new TraceError(place(prefix), 'not valid');
  let received: unknown = value;
  for (const key of issue.path)
    received =
      typeof received === 'object' && received !== null && Object.hasOwn(received, key)
        ? (received as Record<PropertyKey, unknown>)[key]
        : undefined;
  return new TraceError(place([...prefix, ...issue.path]), `${issue.message}; received ${shown(received)}`);
}

/** A received value as it may stand in a message: short, and never walked into. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value).slice(0, 80);
}

/** Parses trace format 1. Throws TraceError naming the place, the field, what was received and what is accepted. */
export function parseTrace(text: string): Trace {
  return asTrace(jsonOf(text));
}

/** The JSON in `text`. Throws TraceError. */
export function jsonOf(text: string): unknown {
  if (text.length > MAX_TRACE_BYTES)
    throw new TraceError('', `a trace file may have ${MAX_TRACE_BYTES} bytes; this one has ${text.length}`);
  if (text.trim() === '')
    throw new TraceError('', 'the file is empty; a trace is a JSON object with format, world and ops');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TraceError('', `not JSON (${(cause as Error).message.slice(0, 120)}); is the file complete?`);
  }
}

/** The same for a value that is parsed already. */
export function asTrace(json: unknown): Trace {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new TraceError('', 'a trace is a JSON object with format, world and ops');
  const format = Object.hasOwn(json, 'format') ? (json as { format: unknown }).format : undefined;
  if (format !== 1)
    throw new TraceError('format', `this version reads trace format 1; received ${shown(format)}`);
  const outer = envelope.safeParse(json);
  if (!outer.success) throw complain(outer.error, [], json);
  const ops = outer.data.ops.map((raw, index) => {
    const name =
      typeof raw === 'object' && raw !== null && Object.hasOwn(raw, 'op')
        ? (raw as { op: unknown }).op
        : undefined;
    const schema = opSchemas.get(name as OpName);
    if (schema === undefined)
      throw new TraceError(`ops[${index}].op`, `one of ${OP_NAMES.join(', ')}; received ${shown(name)}`);
    const parsed = schema.safeParse(raw);
    if (!parsed.success) throw complain(parsed.error, ['ops', index], raw);
    return checkPlaces(parsed.data as Op, outer.data.world, index);
  });
  const { finding, schedule } = outer.data;
  for (const [i, { op }] of (schedule?.holds ?? []).entries())
    if (op >= ops.length)
      throw new TraceError(
        `schedule.holds[${i}].op`,
        `the index of one of the ${ops.length} ops; received ${op}`,
      );
  if (finding !== undefined && finding.at >= ops.length)
    throw new TraceError('finding.at', `the index of one of the ${ops.length} ops; received ${finding.at}`);
  return { ...outer.data, ops };
}

/** User loads and stores stay in their page; every address exists in this world. */
function checkPlaces(op: Op, world: World, index: number): Op {
  for (const field of OPS[op.op].fields) {
    const given = (op as Readonly<Record<string, unknown>>)[field.name];
    if (field.kind !== 'address' || typeof given !== 'string') continue;
    try {
      const [, offset] = locate(given, world);
      if ((op.op === 'read' || op.op === 'write') && offset + op.length > world.pageSize)
        throw new TraceError(
          `ops[${index}].length`,
          `${op.op} stays inside one page: at most ${world.pageSize - offset} bytes from ${op.at}; received ${op.length} (kread and kwrite may straddle)`,
        );
    } catch (cause) {
      if (cause instanceof AddressError)
        throw new TraceError(
          `ops[${index}].${field.name}`,
          `${cause.message}; received ${JSON.stringify(given)}`,
        );
      throw cause;
    }
  }
  return op;
}
