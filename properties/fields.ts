// Where the fields of packed ops lie, and copies of tapes with some of them changed.
import { type Field, OP_NAMES, type OpName, OPS } from '../spec/op.ts';
import { STRIDE, type Tape } from '../spec/tape.ts';

/** Where the fields of op `index` that `wanted` names lie in the words of `tape`. */
export function fieldWords(tape: Tape, index: number, wanted: (field: Field) => boolean): readonly number[] {
  const name = OP_NAMES[tape.words[index * STRIDE] ?? -1];
  if (name === undefined) return [];
  const found: number[] = [];
  let at = index * STRIDE + 1;
  for (const field of OPS[name].fields) {
    if (wanted(field)) found.push(at);
    at += field.kind === 'address' ? 2 : 1;
  }
  return found;
}

export const processWords = (tape: Tape, index: number): readonly number[] =>
  fieldWords(tape, index, field => field.kind === 'process');
export const pageWords = (tape: Tape, index: number): readonly number[] =>
  fieldWords(tape, index, field => field.kind === 'address');

export const handleWords = (tape: Tape, index: number): readonly number[] =>
  fieldWords(tape, index, field => field.kind === 'handle');

/** Every word that `places` names in any op, as often as it is there. */
export function wordsOf(
  tape: Tape,
  places: (tape: Tape, index: number) => readonly number[],
): readonly number[] {
  return Array.from({ length: tape.length }, (_, i) => places(tape, i).map(at => tape.words[at] ?? 0)).flat();
}

/** Where the offset of an address lies: behind its page. */
export const offsetWords = (tape: Tape, index: number): readonly number[] =>
  pageWords(tape, index).map(at => at + 1);

/** Offsets above 0 that any op names, largest first. */
export function offsetsOf(tape: Tape): readonly number[] {
  return [...new Set(wordsOf(tape, offsetWords))].filter(offset => offset > 0).sort((a, b) => b - a);
}

export const hasLength = (name: OpName): boolean => OPS[name].fields.some(field => field.name === 'length');

/** The actor of an op that gives birth to nobody. */
export const actorWords = (tape: Tape, index: number): readonly number[] =>
  fieldWords(tape, index, field => field.name === 'as').length > 0
    ? []
    : fieldWords(tape, index, field => field.name === 'by');

/** A copy of `tape` with `word` at `at`. */
export function withWord(tape: Tape, at: number, word: number): Tape {
  const words = tape.words.slice(0, tape.length * STRIDE);
  words[at] = word;
  return { ...tape, words };
}

/** A copy of `tape` with `change` applied to the words that `places` names in each op. */
export function mapWords(
  tape: Tape,
  places: (tape: Tape, index: number) => readonly number[],
  change: (word: number) => number,
): Tape {
  const words = tape.words.slice(0, tape.length * STRIDE);
  for (let i = 0; i < tape.length; i++) for (const at of places(tape, i)) words[at] = change(words[at] ?? 0);
  return { ...tape, words };
}
