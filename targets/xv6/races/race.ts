// What can race: two ops on one page, who else has the page, how much memory there is, and where a hart is held.

/** As the racing agent is told them. */
export type Letter = 'D' | 'W' | 'F' | 'K' | 'E' | 'R' | 'G';

export interface Kind {
  readonly letter: Letter;
  /** The op of a trace that it is, as on the command line. */
  readonly op: 'sbrk' | 'fork' | 'write' | 'kwrite' | 'exec' | 'wait';
  readonly what: string;
  /** Does it need memory? */
  readonly allocates: boolean;
}

export const KINDS: readonly Kind[] = [
  { letter: 'D', op: 'sbrk', what: 'sbrk gives the page up', allocates: false },
  { letter: 'F', op: 'fork', what: 'fork shares the page once more', allocates: true },
  { letter: 'W', op: 'write', what: 'a store to the page', allocates: true },
  { letter: 'K', op: 'kwrite', what: 'read() stores into the page', allocates: true },
  { letter: 'E', op: 'exec', what: 'exec gives the page up with all others', allocates: true },
  { letter: 'R', op: 'wait', what: 'wait buries a child that had the page', allocates: false },
  { letter: 'G', op: 'sbrk', what: 'sbrk takes the frame that the other gave up', allocates: true },
];

/** Ops that can race. */
export const RACING = [...new Set(KINDS.map(({ op }) => op))];

export function kindOf(letter: Letter): Kind {
  const found = KINDS.find(kind => kind.letter === letter);
  if (found === undefined) throw new RangeError(`no op has the letter ${letter}`);
  return found;
}

/** Two ops, the first of which is started first; who is held when is a schedule's affair. */
export interface Race {
  readonly ops: readonly [Letter, Letter];
  /** Their common parent has the page too. */
  readonly kept: boolean;
  /** The free list is empty while they race. */
  readonly outOfMemory: boolean;
}

/**
 * Where a hart is held: before its `touch`-th access (from 1) to the page's count or to the first byte of its frame; or,
 * with a `gate`, when it is about to take a lock for the `gate`-th time after that access.
 */
export interface Hold {
  readonly touch: number;
  readonly gate: number;
}

/** A race and who is held where: the first racer, and perhaps the second too. None: a control. */
export interface Schedule extends Race {
  readonly holds: readonly Hold[];
}

/** How many processes have the page when it begins. */
export function sharersOf({ ops, kept }: Race): number {
  return ops.filter(letter => letter !== 'G').length + (kept ? 1 : 0);
}

/** What the racers are called: a trace begins with A, who is one of them unless the parent of both has the page too. */
export const racersOf = ({ kept }: Pick<Race, 'kept'>): readonly [string, string] =>
  kept ? ['B', 'C'] : ['A', 'B'];

export const mirrored = (race: Race): Race => ({ ...race, ops: [race.ops[1], race.ops[0]] });

/** The same name for the same race. */
export const nameOf = ({ ops, kept, outOfMemory }: Race): string =>
  `${ops.join('|')}${kept ? '+' : ''}${outOfMemory ? ' out of memory' : ''}`;

/** Its two ops in both orders; one, if they are the same op. */
export const ordersOf = (race: Race): readonly Race[] =>
  race.ops[0] === race.ops[1] ? [race] : [race, mirrored(race)];
