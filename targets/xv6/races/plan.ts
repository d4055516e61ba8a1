// Which races are tried, in which order: what finds most comes first.
import { KINDS, type Kind, kindOf, type Letter, type Race, RACING } from './race.ts';

/** Pairs that most kernels with a race are found out by. */
const FIRST = ['DD', 'FD', 'WW', 'DG'];

/** All races between `ops`, the op that is started first named first: two sharers, three, one and who takes its frame, no memory. */
export function racesOf(ops: readonly Kind['op'][] = RACING): readonly Race[] {
  const letters = KINDS.filter(({ op, letter }) => ops.includes(op) && letter !== 'G').map(
    ({ letter }) => letter,
  );
  const takers = letters.filter(letter => 'DER'.includes(letter) && ops.includes('sbrk'));
  const pairs = letters.flatMap(one => letters.map((other): readonly [Letter, Letter] => [one, other]));
  const all = [...pairs, ...takers.map((letter): readonly [Letter, Letter] => [letter, 'G'])];
  const rank = (pair: readonly Letter[]): number => {
    const at = FIRST.indexOf(pair.join(''));
    return at < 0 ? FIRST.length : at;
  };
  const inOrder = (some: typeof pairs): typeof pairs =>
    some
      .map((pair, i) => ({ pair, i }))
      .sort((a, b) => rank(a.pair) - rank(b.pair) || a.i - b.i)
      .map(({ pair }) => pair);
  const ordered = inOrder(pairs);
  const wanting = ordered.filter(pair => pair.some(letter => kindOf(letter).allocates));
  return [
    ...inOrder(all).map(pair => ({ ops: pair, kept: false, outOfMemory: false })),
    ...ordered.map(pair => ({ ops: pair, kept: true, outOfMemory: false })),
    ...wanting.map(pair => ({ ops: pair, kept: false, outOfMemory: true })),
  ];
}
