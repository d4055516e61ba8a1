// The kill matrix as text: a table for a terminal.

/** One mutant, and what came of the hunt for it. */
export interface MatrixRow {
  readonly name: string;
  /** Its row in the catalogue of historical bugs. */
  readonly bug: string;
  readonly rule: number;
  /** Null: it survived. */
  readonly killedBy: string | null;
  readonly ops: number | null;
  /** Ops of the history in which it was found. */
  readonly shrunkFrom: number | null;
  /** The fewest ops that break this law, where that is proven. */
  readonly optimal: number | null;
  /** Why contents alone cannot show it; null where they can. */
  readonly unseen: string | null;
  readonly seconds: number;
}

export interface Matrix {
  readonly mutants: readonly MatrixRow[];
  readonly killed: number;
  readonly total: number;
  /** Killed by a counterexample that is proven to be as short as can be. */
  readonly proven: number;
  /** Those that contents alone can show. */
  readonly visible: number;
  readonly seed: number;
  readonly inspect: 'full' | 'none';
}

export function matrixOf(rows: readonly MatrixRow[], seed: number, inspect: 'full' | 'none'): Matrix {
  const count = (of: (row: MatrixRow) => boolean): number => rows.filter(of).length;
  return {
    mutants: rows,
    killed: count(({ killedBy }) => killedBy !== null),
    total: rows.length,
    proven: count(({ ops, optimal }) => ops !== null && ops === optimal),
    visible: count(({ unseen }) => unseen === null),
    seed,
    inspect,
  };
}

/** Was every mutant killed that could be: all of them, or without inspection those whose bytes go wrong? */
export function allKilled({ mutants, inspect }: Matrix): boolean {
  return mutants.every(
    ({ killedBy, unseen }) => killedBy !== null || (inspect === 'none' && unseen !== null),
  );
}

const NUMBERS = [
  ['rule', ({ rule }) => `${rule}`],
  ['found', ({ shrunkFrom }) => `${shrunkFrom ?? '-'}`],
  ['ops', ({ ops }) => `${ops ?? '-'}`],
  ['least', ({ optimal }) => `${optimal ?? '?'}`],
  ['CPU ms', ({ seconds }) => `${Math.round(seconds * 1000)}`],
] as const satisfies readonly (readonly [string, (row: MatrixRow) => string])[];

/** A line a mutant, and what they come to. */
export function matrixTable(matrix: Matrix): string {
  const { mutants, killed, total, proven, visible, seed, inspect } = matrix;
  const wide = Math.max(...mutants.map(({ name }) => name.length));
  const line = (name: string, bug: string, numbers: readonly string[], seen: string, by: string): string =>
    `${name.padEnd(wide)}  ${bug.padEnd(5)}  ${numbers.map((text, i) => text.padStart(NUMBERS[i]?.[0].length ?? 0)).join('  ')}  ${seen.padEnd(8)}  ${by}`;
  const lines = mutants.map(row =>
    line(
      row.name,
      row.bug,
      NUMBERS.map(([, of]) => of(row)),
      row.unseen === null ? 'yes' : 'no',
      row.killedBy ?? survival(row, inspect),
    ),
  );
  return [
    line(
      'mutant',
      'bug',
      NUMBERS.map(([title]) => title),
      'contents',
      'killed by',
    ),
    ...lines,
    `${killed} of ${total} killed, seed ${seed}`,
    inspect === 'full'
      ? `${proven} of ${total} as short as can be, by exhaustive search`
      : `${visible} of ${total} can be seen by contents alone; each of the others says why not`,
  ].join('\n');
}

function survival({ unseen }: MatrixRow, inspect: 'full' | 'none'): string {
  return inspect === 'none' && unseen !== null ? `nobody could: ${unseen}` : 'nobody: it survived';
}
