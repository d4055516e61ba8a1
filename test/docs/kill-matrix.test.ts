// The page of the kill matrix says of every mutant what its card says, and of every other row why it has none.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { matrixOf } from '../../report/kill-matrix.ts';
import { compareBugs, killPage } from '../../report/kill-page.ts';
import { UNSEEDED } from '../../report/unseeded.ts';
import { mutants } from '../../targets/model/mutants.ts';

const page = readFileSync(new URL('../../docs/kill-matrix.md', import.meta.url), 'utf8');
const all = await mutants();

/** The page without what only a search can tell: the numbers above the table and those in it. */
function withoutFindings(text: string): string {
  return text
    .replace(/^\*\*.*\*\*$/m, '')
    .split('\n')
    .map(line =>
      /^\| B\d/.test(line) && line.includes('](#') ? line.split('|').slice(0, 3).join('|') : line,
    )
    .join('\n');
}

test('the committed page has the cards as they are', () => {
  const nothing = { killedBy: null, ops: null, shrunkFrom: null, optimal: null, seconds: 0 };
  const rows = all.map(({ name, bug, rule, unseen = null }) => ({ name, bug, rule, unseen, ...nothing }));
  expect(withoutFindings(page)).toBe(withoutFindings(killPage(matrixOf(rows, 1, 'full'), all)));
});

test('the committed page tells of nobody that survived, and of every mutant what was found', () => {
  const rows = page.split('\n').filter(line => line.includes('](#'));
  expect(rows).toHaveLength(all.length);
  for (const row of rows)
    expect(row).toMatch(/^\| B\d+[b-z]? \| \[.*\]\(#.*\) \| `[a-z.-]+` \| \d+ \| \d+ \| \d+ \| /);
  expect(page).not.toContain('**nobody**');
  expect(page).toContain(`**${all.length} of ${all.length} killed; `);
});

describe('rows are in the order of the catalogue', () => {
  test.each([
    ['B9', 'B10'],
    ['B09', 'B09b'],
    ['B09b', 'B10'],
    ['B99', 'B101'],
  ])('%s before %s', (a, b) => {
    expect(compareBugs(a, b)).toBeLessThan(0);
    expect(compareBugs(b, a)).toBeGreaterThan(0);
  });

  test('on the page', () => {
    const bugs = [...page.matchAll(/^\| (B\d+[b-z]?) \|/gm)].map(match => match[1] ?? '');
    expect(bugs).toHaveLength(all.length);
    expect(bugs).toEqual([...bugs].sort(compareBugs));
  });

  test('and the rows without a mutant are below it', () => {
    const bugs = [...page.matchAll(/^- (B\d+): \S/gm)].map(match => match[1] ?? '');
    expect(bugs).toEqual(UNSEEDED.map(({ bug }) => bug));
  });
});
