// Every mutant through the commands a user types: found, shrunk to its card, replayed in a new process, pinned, found again.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../spec/parse.ts';
import { childSeconds, cowcheck, folder } from '../cli/cowcheck.ts';
import { firstFive } from './first-five.ts';

interface Report {
  readonly verdict: string;
  readonly runs: number;
  readonly counterexamples: readonly {
    readonly id: string;
    readonly rule: number;
    readonly invariant: string;
    readonly ops: number;
    readonly file: string;
    readonly replay: string;
  }[];
}

const SEED = '2';

describe.each(await firstFive())(`$name, seed ${SEED}`, mutant => {
  const cwd = folder();
  const target = `mutant:${mutant.name}`;
  // A defect may show in other ways, too; with the ops of its card and stores it has no other.
  const search = [
    'fuzz',
    target,
    '--seed',
    SEED,
    '--json',
    '--ops',
    ['write', ...mutant.minimal.map(({ op }) => op)].join(),
  ];

  test('is found, shrunk to its card, and replays wherever it is named', async () => {
    const before = childSeconds();
    const found = await cowcheck(search, cwd);
    expect(childSeconds() - before, 'processor seconds').toBeLessThan(2);
    expect({ code: found.code, err: found.err }).toEqual({ code: 1, err: '' });
    const report = JSON.parse(found.out) as Report;
    const [one] = report.counterexamples;
    if (one === undefined) return expect.fail('nothing was found');
    const { id, file, replay } = one;
    expect(one).toMatchObject({ rule: mutant.rule, invariant: mutant.invariant, ops: mutant.minimal.length });
    expect(parseTrace(readFileSync(join(cwd, file), 'utf8')).ops).toEqual(mutant.minimal);
    expect(readdirSync(join(cwd, '.cowcheck/crashes')), 'no draft stays behind').toEqual([`${id}.json`]);

    // As it was printed.
    expect(replay).toBe(`npx cowcheck replay ${file}`);
    const again = await cowcheck(replay.split(' ').slice(2), cwd);
    expect({ code: again.code, err: again.err }).toEqual({ code: 1, err: '' });
    expect(again.out).toContain(`violated  ${mutant.invariant}  (rule ${mutant.rule})\n`);

    // By its id, and often; by the folder, op by op.
    const often = await cowcheck(['replay', id, '--repeat', '20', '--json'], cwd);
    expect(often.code).toBe(1);
    expect(JSON.parse(often.out)).toMatchObject({
      verdict: 'violated',
      rule: mutant.rule,
      invariant: mutant.invariant,
      reproduced: { times: 20, of: 20 },
    });
    const shown = await cowcheck(['replay', '.cowcheck', '--trace'], cwd);
    expect(shown.code).toBe(1);
    expect(shown.out).toMatch(/^ {4}1 {2}fork A -> B {35}forked: B in the parent, 0 in the child\n/);

    // On the model without the defect.
    const right = await cowcheck(['replay', id, '--target', 'model'], cwd);
    expect(right).toMatchObject({
      code: 0,
      out: `held  .cowcheck/crashes/${id}.json on model: ${mutant.minimal.length} ops, 1 of 1 times\n`,
    });
  });

  test('is replayed first once it is pinned', async () => {
    const [crash = ''] = readdirSync(join(cwd, '.cowcheck/crashes'));
    const id = crash.replace('.json', '');
    const kept = `cowcheck-regressions/mutant-${mutant.name}/${mutant.rule}-${mutant.invariant}-${id}.json`;
    expect(await cowcheck(['pin', id], cwd)).toMatchObject({ code: 0, out: `kept as ${kept}\n`, err: '' });
    const { code, out } = await cowcheck(search, cwd);
    const { runs, counterexamples } = JSON.parse(out) as Report;
    expect({ code, runs }).toEqual({ code: 1, runs: 1 });
    expect(counterexamples).toMatchObject([
      { rule: mutant.rule, file: kept, replay: `npx cowcheck replay ${kept}` },
    ]);
  });
});
