// The page of the kill matrix: what is seeded, who kills it, why it is hard, and what is not seeded.
import { describeOp } from '../spec/tape.ts';
import type { Op } from '../spec/op.ts';
import { RULES } from '../spec/rule.ts';
import type { Matrix, MatrixRow } from './kill-matrix.ts';
import { UNSEEDED } from './unseeded.ts';

/** What the page says of a mutant, from its card. */
export interface Card {
  readonly name: string;
  readonly bug: string;
  readonly defect: string;
  readonly history: string;
  readonly whyHard: string;
  readonly rule: number;
  readonly invariant: string;
  readonly minimal: readonly Op[];
}

const PREFACE = `# The kill matrix

A checker is as good as the bugs it catches. This page lists bugs that real implementations of copy-on-write have had, from first-year
labs to Linux, FreeBSD and Mach, each built into a model that is right without it. For every one: who catches it, in how many ops,
and whether fewer would do.

Made by \`npx cowcheck mutants --seed 1 --markdown\`, and compared with a new run by the tests. \`npx cowcheck mutants\` shows the same
for another seed, with times.`;

const KEY = `- **found, ops**: how long the history was in which a random search first met the bug, and how long it is after shrinking.
- **least**: the fewest ops that break the same law, proven by trying every shorter history of a small world
  ([how](adr/0005-proofs-of-minima.md)); \`?\` where nobody has looked that far.
- **contents**: can a program that only reads and writes see it at all, or does it take a look at frames and counts?
- The rule and the invariant are those of the search with seed 1. A defect may break more than one law; its card shows the
  shortest way to break one.`;

export function killPage(matrix: Matrix, cards: readonly Card[]): string {
  const inOrder = [...cards].sort((a, b) => compareBugs(a.bug, b.bug));
  const rows = new Map(matrix.mutants.map(row => [row.name, row]));
  const { killed, total, proven, visible } = matrix;
  return [
    PREFACE,
    `**${killed} of ${total} killed; ${proven} by a counterexample that is proven to be as short as can be; ${visible} can be seen by contents alone.**`,
    '| bug | mutant | killed by | rule | found | ops | least | contents |\n|---|---|---|--:|--:|--:|--:|---|\n' +
      inOrder.map(card => tableRow(card, rows.get(card.name))).join('\n'),
    KEY,
    '## The cards',
    ...inOrder.map(card => cardText(card, rows.get(card.name))),
    '## What is not here',
    'Rows of the catalogue without a mutant, by what they wait for.',
    ...[...new Set(UNSEEDED.map(({ why }) => why))].map(why =>
      [
        `**${sentence(why)}**`,
        '',
        ...UNSEEDED.filter(row => row.why === why).map(({ bug, what }) => `- ${bug}: ${what}`),
      ].join('\n'),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

/** B9 before B10, B10 before B10b. */
export function compareBugs(a: string, b: string): number {
  const [x, y] = [a, b].map(bug => Number.parseInt(bug.slice(1), 10));
  return (x ?? 0) - (y ?? 0) || (a < b ? -1 : a > b ? 1 : 0);
}

function tableRow({ bug, name }: Card, row: MatrixRow | undefined): string {
  const { killedBy = null, rule, shrunkFrom = null, ops = null, optimal = null, unseen = null } = row ?? {};
  const cells = [
    bug,
    `[${name}](#${name})`,
    killedBy === null ? '**nobody**' : `\`${killedBy}\``,
    rule ?? '',
    shrunkFrom ?? '',
    ops ?? '',
    optimal ?? '?',
    unseen === null ? 'yes' : 'no',
  ];
  return `| ${cells.join(' | ')} |`;
}

function cardText(card: Card, row: MatrixRow | undefined): string {
  const { bug, name, defect, history, whyHard, rule, invariant, minimal } = card;
  const statement = RULES.find(({ id }) => id === rule)?.statement ?? '';
  const unseen = row?.unseen ?? null;
  return [
    `### ${name}`,
    '',
    `${bug}. ${sentence(defect)}`,
    '',
    `- Seen in: ${sentence(history, false)}`,
    `- Why it is hard: ${sentence(whyHard, false)}`,
    ...(unseen === null ? [] : [`- Why contents alone cannot show it: ${sentence(unseen, false)}`]),
    `- Rule ${rule}: ${statement}`,
    `- Killed by \`${invariant}\` after`,
    '',
    ...minimal.map(op => `      ${describeOp(op)}`),
  ].join('\n');
}

function sentence(text: string, upper = true): string {
  const first = upper ? text.charAt(0).toUpperCase() : text.charAt(0);
  return `${first}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
