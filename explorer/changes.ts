// What a move changed: two states compared, value by value.
import type { WalkState } from './walkable.ts';

export interface Change {
  /** `A`, `A data+0`, `frame 1`, `cpu 0`, or the name of a total. */
  readonly of: string;
  /** `frame`, `count` …; `there` for what came or went as a whole. */
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

interface Thing {
  readonly of: string;
  /** What it is part of: if that came or went, it goes without saying. */
  readonly part?: string;
  /** undefined: nothing that could be compared. */
  readonly values: Readonly<Record<string, string | undefined>>;
}

function things(state: WalkState): readonly Thing[] {
  return [
    ...state.processes.flatMap(({ name, pages, ...values }): readonly Thing[] => [
      {
        of: name,
        values: { ...values, memory: values.memory === undefined ? 'its own' : `that of ${values.memory}` },
      },
      ...(pages.length > 0 ? [{ of: `${name} memory`, part: name, values: {} }] : []),
      ...pages.map(
        ({ at, permission, kind, frame, bits, bytes }): Thing => ({
          of: `${name} ${at}`,
          part: `${name} memory`,
          values: {
            permission,
            kind,
            frame: String(frame ?? 'none'),
            bits: bits.join(', ') || 'none',
            bytes,
          },
        }),
      ),
    ]),
    ...state.frames.map(
      ({ number, role, free, count, holders, bytes }): Thing => ({
        of: `frame ${number}`,
        values: {
          state: free ? 'free' : role,
          count: String(count),
          holders: holders.join(', ') || 'nobody',
          bytes: free ? undefined : bytes,
        },
      }),
    ),
    ...state.cpus.flatMap(({ name, doing, translations }): readonly Thing[] => [
      { of: name, values: { doing } },
      ...translations.map(
        ({ page, frame, writable }): Thing => ({
          of: `${name} ${page}`,
          values: { translation: `frame ${frame}, ${writable ? 'writable' : 'read-only'}` },
        }),
      ),
    ]),
    ...state.totals.map(({ name, value }): Thing => ({ of: name, values: { value } })),
  ];
}

/** What is different in `after`, in its order; what is gone comes last. */
export function changes(before: WalkState, after: WalkState): readonly Change[] {
  const old = new Map(things(before).map(thing => [thing.of, thing]));
  const now = new Map(things(after).map(thing => [thing.of, thing]));
  const found: Change[] = [];
  for (const [of, { part, values }] of now) {
    const was = old.get(of);
    if (was === undefined) {
      if (part === undefined || old.has(part)) found.push({ of, what: 'there', from: 'no', to: 'yes' });
      continue;
    }
    for (const [what, to] of Object.entries(values)) {
      const from = was.values[what];
      if (from !== undefined && to !== undefined && from !== to) found.push({ of, what, from, to });
    }
  }
  for (const [of, { part }] of old)
    if (!now.has(of) && (part === undefined || now.has(part)))
      found.push({ of, what: 'there', from: 'yes', to: 'no' });
  return found;
}
