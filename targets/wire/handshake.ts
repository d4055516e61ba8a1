// The first line a program answers: what it is, what it can, and what it shows.
import type { Dialect, DialectSources } from '../../spec/dialect.ts';
import { INSPECTS_NOTHING, type Inspects } from '../../spec/inspection.ts';
import { ADVICE, type Advice, OP_NAMES, type OpName } from '../../spec/op.ts';
import { type Edge, EDGES } from '../../spec/world.ts';
import { BadLine, escaped } from './refusal.ts';

/** What a program that declares nothing is taken to do; the table stands in docs/protocol.md. */
export const DEFAULT_DIALECT: Dialect = {
  textWritable: false,
  refusedAccess: 'killed',
  lastOwner: 'reuses',
  releaseAt: 'exit',
  vfork: 'borrows',
  partialKernelWrite: 'prefix',
  kernelWritesText: false,
  statusWord: 'plain',
  waitFault: 'keeps',
  partialProtect: 'nothing',
  partialAdvice: 'nothing',
  privateFile: 'follows',
  sbrkLazy: false,
  zeroPages: 'present',
  readPin: 'unshares',
};

const CHOICES: Readonly<Record<keyof Dialect, readonly (string | boolean)[]>> = {
  textWritable: [false, true],
  refusedAccess: ['killed', 'signalled', 'either'],
  lastOwner: ['reuses', 'may-copy'],
  releaseAt: ['exit', 'wait'],
  vfork: ['borrows', 'copies'],
  partialKernelWrite: ['prefix', 'nothing'],
  kernelWritesText: [false, true],
  statusWord: ['posix', 'plain'],
  waitFault: ['reaps', 'keeps'],
  partialProtect: ['nothing', 'prefix'],
  partialAdvice: ['nothing', 'all'],
  privateFile: ['follows', 'snapshot'],
  sbrkLazy: [false, true],
  zeroPages: ['present', 'on-touch', 'on-load'],
  readPin: ['unshares', 'shares'],
};

/** The ops a line of the protocol exists for. */
export const WIRE_OPS: readonly OpName[] = OP_NAMES.filter(name => name !== 'cpu');

export interface Handshake {
  readonly name: string;
  readonly ops: readonly OpName[];
  readonly advice?: readonly Advice[];
  readonly edges?: readonly Edge[];
  readonly inspects: Inspects;
  /** 0: any. */
  readonly pageSize: number;
  readonly processes?: number;
  readonly pages?: number;
  readonly frames?: number;
  readonly framesAtLeast?: number;
  readonly layout?: 'data' | 'writable' | 'all';
  readonly dialect: Dialect;
  readonly sources: DialectSources;
  readonly identity: Readonly<Record<string, string>>;
  readonly leftOut: readonly string[];
}

const list = (value: string): string[] => value.split(',').filter(part => part !== '');
const sentence = (text: string): string => text.replaceAll('_', ' ');

function amount(key: string, value: string): number {
  const number = Number(value);
  if (!/^\d{1,10}$/.test(value) || !Number.isSafeInteger(number))
    throw new BadLine(`${key}=${escaped(value)}`, `${key}=NUMBER`);
  return number;
}

function oneOf<T extends string>(key: string, value: string, accepted: readonly T[]): T {
  const found = accepted.find(name => name === value);
  if (found === undefined) throw new BadLine(`${key} ${escaped(value)}`, `${key} of ${accepted.join(', ')}`);
  return found;
}

function dialectOf(entries: readonly string[]): Pick<Handshake, 'dialect' | 'sources'> {
  const dialect: Record<string, string | boolean> = { ...DEFAULT_DIALECT };
  const sources: Record<string, string> = {};
  for (const name of Object.keys(DEFAULT_DIALECT)) sources[name] = 'the default of docs/protocol.md';
  for (const entry of entries) {
    const [key = '', value = ''] = entry.split(':', 2);
    const name = oneOf('dialect entry', key, Object.keys(CHOICES) as (keyof Dialect)[]);
    const choice = CHOICES[name].find(accepted => String(accepted) === value);
    if (choice === undefined)
      throw new BadLine(`dialect ${escaped(entry)}`, `${name} of ${CHOICES[name].join(', ')}`);
    dialect[name] = choice;
    sources[name] = 'declared by the program';
  }
  return { dialect: dialect as unknown as Dialect, sources: sources as unknown as DialectSources };
}

function fieldsOf(line: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const word of line.split(' ').slice(2)) {
    if (word === '') continue;
    const equals = word.indexOf('=');
    if (equals < 1)
      throw new BadLine(`"${escaped(word)}"`, 'fields of the form key=value after "cowcheck 1"');
    fields.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return fields;
}

/** Parses the answer to `cowcheck 1`. Throws BadLine. */
export function parseHandshake(line: string): Handshake {
  if (line !== 'cowcheck 1' && !line.startsWith('cowcheck 1 '))
    throw new BadLine(`"${escaped(line)}"`, 'cowcheck 1 name=… ops=…');
  const fields = fieldsOf(line);
  const get = (key: string): string => fields.get(key) ?? '';
  const has = (key: string): boolean => get(key) !== '' && get(key) !== '0';
  const ops = list(get('ops')).map(op => oneOf('op', op, WIRE_OPS));
  if (ops.length === 0) throw new BadLine('no ops', `ops= with a list of ${WIRE_OPS.join(', ')}`);
  const shown = new Set(
    list(get('inspect')).map(part => oneOf('inspect', part, Object.keys(INSPECTS_NOTHING))),
  );
  const inspects = Object.fromEntries(Object.keys(INSPECTS_NOTHING).map(part => [part, shown.has(part)]));
  return {
    name: escaped(get('name') || 'program', 64),
    ops: OP_NAMES.filter(op => ops.includes(op)),
    ...(has('advice') && { advice: list(get('advice')).map(one => oneOf('advice', one, ADVICE)) }),
    ...(has('edges') && { edges: list(get('edges')).map(one => oneOf('edge', one, EDGES)) }),
    inspects: inspects as unknown as Inspects,
    pageSize: has('page-size') ? amount('page-size', get('page-size')) : 0,
    ...(has('processes') && { processes: amount('processes', get('processes')) }),
    ...(has('pages') && { pages: amount('pages', get('pages')) }),
    ...(has('frames') && { frames: amount('frames', get('frames')) }),
    ...(has('frames-at-least') && { framesAtLeast: amount('frames-at-least', get('frames-at-least')) }),
    ...(has('layout') && { layout: oneOf('layout', get('layout'), ['data', 'writable', 'all']) }),
    ...dialectOf(list(get('dialect'))),
    identity: Object.fromEntries(
      list(get('id')).map(entry => {
        const colon = entry.indexOf(':');
        return colon < 0
          ? [escaped(entry, 80), 'yes']
          : [escaped(entry.slice(0, colon), 80), escaped(entry.slice(colon + 1), 400)];
      }),
    ),
    leftOut: list(get('left-out'))
      .filter(text => text !== 'none')
      .map(text => escaped(sentence(text), 400)),
  };
}
