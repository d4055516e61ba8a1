// Which races are tried, in which order: what finds most comes first.
import { KINDS, type Kind, kindOf, type Letter, type Race, RACING } from './race.ts';

/** Pairs that most kernels with a race are found out by. */
const FIRST = ['DD', 'FD', 'WW'];

/** All races between `ops`, the op that is started first named first: two sharers, three, one and who takes its frame, no memory. */
export function racesOf(ops: readonly Kind['op'][] = RACING): readonly Race[] {
  const letters = KINDS.filter(({ op, letter }) => ops.includes(op) && letter !== 'G').map(({ letter }) => letter);
  const pairs = letters.flatMap(one => letters.map((other): readonly [Letter, Letter] => [one, other]));
  const rank = (pair: readonly Letter[]): number => {
    const at = FIRST.indexOf(pair.join(''));
    return at < 0 ? FIRST.length : at;
  };
  const ordered = pairs
    .map((pair, i) => ({ pair, i }))
    .sort((a, b) => rank(a.pair) - rank(b.pair) || a.i - b.i)
    .map(({ pair }) => pair);
  const takers = letters.filter(letter => 'DER'.includes(letter) && ops.includes('sbrk'));
  const wanting = ordered.filter(pair => pair.some(letter => kindOf(letter).allocates));
  return [
    ...ordered.map(pair => ({ ops: pair, kept: false, outOfMemory: false })),
    ...takers.map((letter): Race => ({ ops: [letter, 'G'], kept: false, outOfMemory: false })),
    ...ordered.map(pair => ({ ops: pair, kept: true, outOfMemory: false })),
    ...wanting.map(pair => ({ ops: pair, kept: false, outOfMemory: true })),
  ];
}
