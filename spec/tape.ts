// A trace packed for the hot loop: eight words an op, names as numbers.
import { OP_NAMES, OPS, type Field, type Handle, type Name, type Op, type OpName } from './op.ts';
import { EDGES, type Layout, layoutOf, SEGMENTS, type World } from './world.ts';

/** Words per op: code, then the fields of `OPS` in order; unused words are 0. */
export const STRIDE = 8;

/**
 * Ops in packed form. Word 0 is the op's code; for an op with `by`, word 1 is the process number.
 * Process numbers index `names`; pages count through the layout, edges follow its last page.
 */
export interface Tape {
  readonly world: World;
  /** Process names by number. `names[0]` is the process that exists at the start. */
  readonly names: readonly Name[];
  /** `length * STRIDE` words, possibly in a longer array. */
  readonly words: Int32Array;
  /** How many ops. */
  readonly length: number;
}

const layouts = new WeakMap<World, Layout>();

/** `layoutOf`, computed once per world object. */
export function layoutFor(world: World): Layout {
  let layout = layouts.get(world);
  if (layout === undefined) {
    layout = layoutOf(world);
    layouts.set(world, layout);
  }
  return layout;
}

/** Default process names: A to Z, then A1 … Z1, A2 …; never `init`. */
export function nameOf(number: number): Name {
  const letter = String.fromCharCode(65 + (number % 26));
  return number < 26 ? letter : letter + Math.floor(number / 26);
}

/** Pins are named by number: `pin1` is number 0. */
export function handleOf(number: number): Handle {
  return `pin${number + 1}`;
}

function handleNumber(handle: Handle): number {
  return Number(handle.slice('pin'.length)) - 1;
}

/** An address the world does not have. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/** Page and offset of `address`; throws AddressError with what would be accepted. */
export function locate(address: string, world: World): readonly [page: number, offset: number] {
  const layout = layoutFor(world);
  const edge = (EDGES as readonly string[]).indexOf(address);
  if (edge >= 0) return [layout.pages + edge, 0];
  const match = /^([a-z]+)\+(\d{1,9})$/.exec(address);
  const segment = SEGMENTS.find(name => name === match?.[1]);
  if (match === null || segment === undefined)
    throw new AddressError(
      `an address is segment+offset (${SEGMENTS.filter(name => layout.span[name] > 0).join(', ')}) or one of ${EDGES.join(', ')}`,
    );
  const bytes = layout.span[segment] * world.pageSize;
  const offset = Number(match[2]);
  if (offset >= bytes)
    throw new AddressError(
      bytes === 0
        ? `this world has no ${segment}`
        : `${segment} ends at ${segment}+${bytes - 1} in this world`,
    );
  return [layout.start[segment] + Math.floor(offset / world.pageSize), offset % world.pageSize];
}

/** The address of byte `offset` of page `page`. */
export function addressOf(page: number, offset: number, world: World): string {
  const layout = layoutFor(world);
  const segment = layout.segmentOf[page];
  if (segment === undefined) return EDGES[page - layout.pages] ?? 'beyond';
  return `${segment}+${(page - layout.start[segment]) * world.pageSize + offset}`;
}

const words = (field: Field): number => (field.kind === 'address' ? 2 : 1);

/** Packs ops; names are numbered in order of appearance, `A` first. Throws AddressError, with `index` and `field` set. */
export function pack(world: World, ops: readonly Op[]): Tape {
  const names: Name[] = ['A'];
  const number = (list: string[], name: string): number => {
    const known = list.indexOf(name);
    return known >= 0 ? known : list.push(name) - 1;
  };
  const tape = new Int32Array(ops.length * STRIDE);
  ops.forEach((op, index) => {
    const shape = OPS[op.op];
    let word = index * STRIDE;
    tape[word++] = shape.code;
    for (const field of shape.fields) {
      const given = (op as Readonly<Record<string, string | number | undefined>>)[field.name];
      if (field.kind === 'address') {
        let place: readonly [number, number] = [-1, 0];
        try {
          if (given !== undefined) place = locate(String(given), world);
        } catch (cause) {
          throw Object.assign(cause as Error, { index, field: field.name, given });
        }
        tape[word] = place[0];
        tape[word + 1] = place[1];
      } else if (field.kind === 'process') tape[word] = number(names, String(given));
      else if (field.kind === 'handle') tape[word] = handleNumber(String(given));
      else if (field.kind === 'choice') tape[word] = field.values.indexOf(String(given));
      else tape[word] = Number(given) | 0;
      word += words(field);
    }
  });
  return { world, names, words: tape, length: ops.length };
}

/** Op `index` of `tape` in plain form. */
export function unpack(tape: Tape, index: number): Op {
  let word = index * STRIDE;
  const name = OP_NAMES[tape.words[word++] ?? -1];
  if (name === undefined) throw new RangeError(`op ${index} has no known code`);
  const op: Record<string, string | number> = { op: name };
  for (const field of OPS[name].fields) {
    const raw = tape.words[word] ?? 0;
    if (field.kind === 'address') {
      if (raw >= 0) op[field.name] = addressOf(raw, tape.words[word + 1] ?? 0, tape.world);
    } else if (field.kind === 'process') op[field.name] = tape.names[raw] ?? nameOf(raw);
    else if (field.kind === 'handle') op[field.name] = handleOf(raw);
    else if (field.kind === 'choice') op[field.name] = field.values[raw] ?? '?';
    else op[field.name] = field.name === 'value' ? raw >>> 0 : raw;
    word += words(field);
  }
  return op as unknown as Op;
}

/** All ops of `tape` in plain form. */
export function unpackAll(tape: Tape): readonly Op[] {
  return Array.from({ length: tape.length }, (_, index) => unpack(tape, index));
}

/** The code of op `name`. */
export function codeOf(name: OpName): number {
  return OPS[name].code;
}

/** One op as a line of a report: `write A data+0 length 1 = 9`. */
export function describeOp(op: Op): string {
  const parts: string[] = [op.op];
  for (const field of OPS[op.op].fields) {
    const given = (op as Readonly<Record<string, string | number | undefined>>)[field.name];
    if (given === undefined) continue;
    switch (field.name) {
      case 'as':
        parts.push('->', String(given));
        break;
      case 'value':
        parts.push('=', String(given));
        break;
      case 'by':
      case 'at':
      case 'victim':
      case 'pin':
      case 'via':
      case 'access':
      case 'mapping':
      case 'advice':
        parts.push(String(given));
        break;
      default:
        parts.push(field.name, String(given));
    }
  }
  return parts.join(' ');
}
