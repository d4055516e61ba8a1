// The page on interleavings says what the cards say, and its history is the one that the search finds.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { interleavings, replayed } from '../../explorer/interleavings.ts';
import { follow, scheduleOf } from '../../explorer/schedule.ts';
import { search } from '../../explorer/search.ts';
import { ROUTINES_IN_ORDER } from '../../model/steps/kernel.ts';
import type { Routine } from '../../model/steps/step.ts';
import { INTERLEAVED_LAWS } from '../../properties/interleaved/laws.ts';
import { interleavingText } from '../../report/interleaving.ts';
import { UNSTEPPED } from '../../report/unstepped.ts';
import { formatInterleaved } from '../../spec/interleaved-trace.ts';
import { stepMutants } from '../../targets/model/mutants.ts';

const page = readFileSync(new URL('../../docs/interleavings.md', import.meta.url), 'utf8');
const all = await stepMutants();

/** The lines of a section that begin with one of these. */
function linesOf(heading: string, start: string): readonly string[] {
  const section = page.split(/^## /m).find(text => text.startsWith(`${heading}\n`)) ?? '';
  return section.split('\n').filter(line => line.startsWith(start));
}

test('the laws', () => {
  expect(linesOf('The laws', '- ')).toEqual(
    INTERLEAVED_LAWS.map(({ id, rule }) => `- \`${id}\`: rule ${rule}`),
  );
});

test('the mutants', () => {
  const rows = all.map(
    ({ name, bug, defect, invariant, scope, steps, switches }) =>
      `| ${bug} | \`${name}\` | ${defect} | \`${invariant}\` | ${scope.cpus} | ${steps} | ${switches} |`,
  );
  expect(linesOf('The mutants', '|').slice(2)).toEqual(rows);
});

test('the rows without one', () => {
  expect(linesOf('Rows without a mutant', '- ')).toEqual(
    UNSTEPPED.map(({ bug, what, why }) => `- ${bug}, ${what}: ${why}`),
  );
});

test('the history', async () => {
  const mutant = all.find(({ name }) => name === 'installs-before-flush');
  if (mutant === undefined) throw new Error('no such mutant');
  const options = { ...mutant, lightest: true };
  const { found } = await search(interleavings(options), { bail: true });
  const [moves = []] = found.values();
  const shown = /^```\n(start[^]*?)\n```$/m.exec(page)?.[1];
  expect(shown).toBe(interleavingText(replayed(options, moves)));
  // And the file of it.
  const [, file = ''] = /^```json\n([^]*?)```$/m.exec(page) ?? [];
  const steps = scheduleOf(options, moves);
  expect(file).toBe(formatInterleaved({ format: 1, interleaving: mutant.scope, steps }));
  const { made, history } = follow(mutant.scope, steps);
  expect(history.broken).toBe(undefined);
  expect(page).toContain(`*${made} of ${steps.length} steps could be done there, and no law was broken*`);
});

describe('the steps of', () => {
  const routine = (name: Routine): string => ROUTINES_IN_ORDER[name].map(step => step.name).join(' · ');
  test.each([
    ['a break', () => `| fault, frame shared | ${routine('fault')} · ${routine('break')} · unlock |`],
    [
      'a reuse',
      () => `| fault, frame held by nobody else | ${routine('fault')} · ${routine('reuse')} · unlock |`,
    ],
    ['a discard', () => `| discard | ${routine('discard')} |`],
    ['a fork', () => `| fork | ${routine('fork').replace('share', 'for each page share')} |`],
  ])('%s', (_, row) => {
    expect(page).toContain(row());
  });
});
