// cowcheck mutants: every mutant is killed on all cores, and the object it prints is the one that is documented.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { folder, MAIN } from './cowcheck.ts';
import { mutants } from '../../targets/model/mutants.ts';

/** On two cores with nothing else to do it takes ten seconds. */
const PATIENCE = 120_000;

test(
  'one object on standard output, a row a mutant, all killed',
  async () => {
    const all = await mutants();
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [MAIN, 'mutants', '--seed', '2', '--json'],
      {
        cwd: folder(),
        encoding: 'utf8',
        timeout: PATIENCE,
      },
    );
    expect([stderr, status]).toEqual(['', 0]);
    const { mutants: rows, ...totals } = JSON.parse(stdout) as { mutants: Record<string, unknown>[] };
    expect(totals).toMatchObject({ killed: all.length, total: all.length, seed: 2, inspect: 'full' });
    expect(rows.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    let seconds = 0;
    for (const row of rows) {
      expect(Object.keys(row).sort()).toEqual([
        'bug',
        'killedBy',
        'name',
        'ops',
        'optimal',
        'rule',
        'seconds',
        'shrunkFrom',
        'unseen',
      ]);
      expect(row['ops']).toBeLessThanOrEqual(Number(row['shrunkFrom']));
      // The system counts a thread's time in ticks: a kill within one may read as nothing.
      expect(row['seconds']).toBeGreaterThanOrEqual(0);
      seconds += Number(row['seconds']);
    }
    expect(seconds).toBeGreaterThan(0);
  },
  PATIENCE,
);
