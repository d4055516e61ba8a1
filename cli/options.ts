// Parsers of option values: each says what it received, what it accepts, and what to type.
import { randomInt } from 'node:crypto';
import { PROFILES, type Profile } from '../properties/generator/profile.ts';
import { INTERLEAVED_OPS } from '../spec/interleaving.ts';
import { OP_NAMES, type OpName } from '../spec/op.ts';
import { type Sandbox, SANDBOXES } from '../targets/command/sandbox.ts';
import { type Kind, RACING } from '../targets/xv6/races/race.ts';
import { UsageError } from './exit.ts';

function refuse(flag: string, received: string, accepted: string, example: string): never {
  throw new UsageError(
    `${flag} was given ${JSON.stringify(received.slice(0, 80))}; it takes ${accepted}; type for example: ${flag}${flag.startsWith('-') ? ' ' : '='}${example}`,
  );
}

/** A whole number within bounds. */
export function whole(flag: string, least: number, most: number, example: string): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^\d{1,16}$/.test(text) || value < least || value > most)
      refuse(flag, text, `a whole number from ${least} to ${most}`, example);
    return value;
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration such as 500ms, 60s, 5m or 1h, in milliseconds. */
export function duration(flag: string): (text: string) => number {
  return text => {
    const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
    const value = match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
    if (!(value > 0)) refuse(flag, text, 'a time with its unit: ms, s, m or h', '60s');
    return value;
  };
}

const SIZES: Readonly<Record<string, number>> = { MiB: 1 << 20, GiB: 1 << 30 };

/** A size such as 512MiB or 2GiB, in bytes. */
export function bytes(flag: string): (text: string) => number {
  return text => {
    const match = /^(\d{1,6})(MiB|GiB)$/.exec(text);
    const value = Number(match?.[1]) * (SIZES[match?.[2] ?? ''] ?? Number.NaN);
    if (!(value > 0)) refuse(flag, text, 'a size with its unit: MiB or GiB', '1GiB');
    return value;
  };
}

export function sandbox(text: string): Sandbox {
  const found = SANDBOXES.find(name => name === text);
  return found ?? refuse('--sandbox', text, SANDBOXES.join(' or '), 'bwrap');
}

export function profile(text: string): Profile | 'all' {
  if (text === 'all' || (PROFILES as readonly string[]).includes(text)) return text as Profile | 'all';
  return refuse('--profile', text, `${PROFILES.join(', ')} or all`, 'all');
}

export function ops(text: string): readonly OpName[] {
  const names = text.split(',').map(name => name.trim());
  for (const name of names)
    if (!(OP_NAMES as readonly string[]).includes(name))
      refuse('--ops', name, `names of ops: ${OP_NAMES.join(', ')}`, 'fork,write,read');
  return [...new Set(names)] as OpName[];
}

/** Ops of an exploration; or all. */
export function opsOrAll(text: string): readonly string[] | 'all' {
  if (text === 'all') return text;
  const known: readonly string[] = [...new Set<string>([...OP_NAMES, ...INTERLEAVED_OPS])];
  const names = text.split(',').map(name => name.trim());
  for (const name of names)
    if (!known.includes(name))
      refuse('--ops', name, `all, or names of ops: ${known.join(', ')}`, 'fork,write,exec');
  return [...new Set(names)];
}

/** Ops that can race on a kernel, by their names in a trace. */
export function racingOps(text: string): readonly Kind['op'][] {
  const names = text.split(',').map(name => name.trim());
  for (const name of names)
    if (!(RACING as readonly string[]).includes(name))
      refuse('--ops', name, `names of ops that can race: ${RACING.join(', ')}`, 'sbrk,fork,write');
  return [...new Set(names)] as Kind['op'][];
}

export function shard(text: string): { readonly index: number; readonly count: number } {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (match === null || index < 1 || index > count) refuse('--shard', text, 'i/n with i from 1 to n', '1/4');
  return { index: index - 1, count };
}

export function inspect(text: string): 'full' | 'none' {
  return text === 'full' || text === 'none' ? text : refuse('--inspect', text, 'full or none', 'none');
}

export function required(text: string): 'all' {
  return text === 'all' ? text : refuse('--require', text, 'all', 'all');
}

export const REPORTERS = ['text', 'json', 'junit', 'github'] as const;
export type Reporter = (typeof REPORTERS)[number];

export function reporters(text: string): readonly Reporter[] {
  const names = text.split(',').map(name => name.trim());
  for (const name of names)
    if (!(REPORTERS as readonly string[]).includes(name))
      refuse('--reporter', name, `one or more of ${REPORTERS.join(', ')}`, 'text,junit');
  return [...new Set(names)] as Reporter[];
}

/** The seed given, or that of the environment, or a fresh one. */
export function seedFrom(given: number | undefined, environment: string | undefined): number {
  if (given !== undefined) return given;
  if (environment === undefined || environment === '') return randomInt(1, 2 ** 31);
  return whole('COWCHECK_SEED', 0, 2 ** 31 - 1, '1')(environment);
}
