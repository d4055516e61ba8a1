// cowcheck explore as a user has it: complete or not, found or not, stopped and gone on with, and words that mean nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readProofs } from '../../cli/proofs.ts';
import { cowcheck, folder, MAIN, start, toy, transcript } from './cowcheck.ts';

const explore = (cwd: string, ...more: readonly string[]): ReturnType<typeof cowcheck> =>
  cowcheck(['explore', ...more], cwd);

const CORE = ['--ops', 'fork,write,exec,exit'];
const SMALL = ['--procs', '2', '--pages', '2', '--frames', '4', '--values', '2'];

describe('the model', () => {
  test('is explored to the end, and what was never seen is named', async () => {
    const { code, out } = await explore(folder(), 'model', ...SMALL, ...CORE, '--json');
    expect(code).toBe(0);
    const result = JSON.parse(out) as Record<string, unknown>;
    expect(result).toMatchObject({
      verdict: 'held',
      target: 'model',
      complete: true,
      states: 71,
      frontier: 0,
      counterexamples: [],
      branchesHit: { 'no memory': 0 },
    });
    expect(result['unhit']).toContain('fault handler "no memory"');
    expect(result['bytesPerState']).toBeGreaterThan(16);
  });

  test('the text claims no more than the bounds', async () => {
    const { code, out } = await explore(folder(), ...SMALL, ...CORE, '--depth', '3', '--prove-symmetry');
    expect(code).toBe(0);
    expect(out).toContain('held  model: no violation in any history of at most 3 ops within these bounds\n');
    expect(out).toContain(
      'bounds     2 processes, 2 pages of data, 4 frames, 2 values; ops fork write exec exit\n',
    );
    expect(out).toMatch(/^symmetry {3}proved: [\d,]+ states under their own names are these [\d,]+ /m);
    expect(out).not.toContain('correct');
  });

  test('more states than were allowed: 3', async () => {
    const { code, out } = await explore(folder(), ...CORE, '--states', '50');
    expect(code).toBe(3);
    expect(out).toContain('because    there are more states than --states allows');
  });
});

test('flags that would change nothing are refused, not passed over', async () => {
  const cwd = folder();
  const said: string[] = [];
  for (const args of [
    ['--cpus', '2', '--command', 'cat'],
    ['--cpus', '2', '--kernel', 'kernel'],
    ['--port', '8080'],
    ['--serve', '--prove-symmetry'],
    ['--serve', '--depth', '3'],
    ['linux', '--states', '9'],
  ]) {
    const { code, out, err } = await explore(cwd, ...args);
    expect(out).toBe('');
    said.push(`${code} ${err}`);
  }
  expect(said.join('')).toMatchInlineSnapshot(`
    "2 cowcheck: --command has no use where steps interleave: they are those of the built-in model or of a mutant; leave it out, or see: cowcheck explore --help
    2 cowcheck: --kernel has no use where steps interleave: they are those of the built-in model or of a mutant; leave it out, or see: cowcheck explore --help
    2 cowcheck: --port has no use without --serve; leave it out, or see: cowcheck explore --help
    2 cowcheck: --prove-symmetry has no use with --serve; leave it out, or see: cowcheck explore --help
    2 cowcheck: --depth has no use with --serve; leave it out, or see: cowcheck explore --help
    2 cowcheck: linux cannot go back, so its histories are run and no states are kept: --states and --prove-symmetry have no use; what bounds it is --depth
    "
  `);
});

describe('a search that was stopped', () => {
  const LARGE = [
    '--procs',
    '3',
    '--pages',
    '2',
    '--frames',
    '6',
    '--ops',
    'fork,write,kwrite,exec,exit,wait',
  ];
  const kept = (cwd: string): readonly string[] => {
    const place = join(cwd, '.cowcheck/explore');
    return existsSync(place) ? readdirSync(place) : [];
  };

  test('goes on with the same command, and ends as if it had not been', async () => {
    const cwd = folder();
    const { child, said, ended } = start(process.execPath, [MAIN, 'explore', ...LARGE, '--depth', '7'], cwd);
    await said('cowcheck: explore model');
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(code).toBe(130);
    expect(out).toContain('the same command goes on from');
    expect(kept(cwd)).toHaveLength(1);
    const again = await explore(cwd, ...LARGE, '--depth', '7', '--json');
    expect(again.err).toContain('cowcheck: going on with');
    const straight = await explore(folder(), ...LARGE, '--depth', '7', '--json');
    const { states, transitions, depth, frontier } = JSON.parse(straight.out) as Record<string, number>;
    expect(JSON.parse(again.out)).toMatchObject({ verdict: 'held', states, transitions, depth, frontier });
    expect(kept(cwd)).toEqual([]);
  });

  test('a copy that is damaged is not believed, and that is said', async () => {
    const cwd = folder();
    await explore(cwd, ...LARGE, '--depth', '7', '--time', '500ms');
    const [name = ''] = kept(cwd);
    const file = join(cwd, '.cowcheck/explore', name);
    const whole = readFileSync(file);
    const line = whole.indexOf(10);
    const header = whole.subarray(0, line).toString('utf8');
    const headed = (from: RegExp, to: string): Buffer =>
      Buffer.concat([Buffer.from(header.replace(from, to)), whole.subarray(line)]);
    const changed = Buffer.from(whole);
    changed[line + 40] = (changed[line + 40] ?? 0) ^ 1;
    for (const [bytes, why] of [
      [whole.subarray(0, -8), 'it is damaged'],
      [changed, 'it is damaged'],
      [headed(/"next":\d+/, '"next":1'), 'it is damaged'],
      [Buffer.from('{}'), 'it is no search of this kind'],
    ] as const) {
      writeFileSync(file, bytes);
      const { err, code } = await explore(cwd, ...LARGE, '--depth', '7', '--time', '1ms');
      expect(err).toContain(`is not gone on with, for ${why}: the search begins anew`);
      expect(err).not.toContain('going on with');
      expect(code).toBe(3);
    }
    rmSync(file);
    mkdirSync(file);
    const unreadable = await explore(cwd, ...LARGE, '--depth', '7', '--time', '1ms');
    expect(unreadable.err).toContain('it cannot be read (EISDIR)');
  });

  test('a deeper one begins anew: in its last level less is tried', async () => {
    const cwd = folder();
    await explore(cwd, ...LARGE, '--depth', '7', '--time', '500ms');
    expect(kept(cwd)).toHaveLength(1);
    expect((await explore(cwd, ...LARGE, '--depth', '2')).err).not.toContain('going on with');
    expect((await explore(cwd, ...LARGE, '--depth', '7')).err).toContain('going on with');
  });
});

describe('a mutant', () => {
  test('is refuted by the shortest history, which anybody can run again', async () => {
    const cwd = folder();
    const { code, out } = await explore(cwd, 'mutant:B36', '--procs', '2', '--pages', '1');
    expect(code).toBe(1);
    expect(out).toContain('op 2 of 2');
    expect(out).toContain('violated  mutant:kernel-write-skips-break: 1 law broken within these bounds');
    const [, line = ''] = /^replay +npx cowcheck (.*)$/m.exec(out) ?? [];
    expect((await cowcheck(line.split(' '), cwd)).code).toBe(1);
  });

  test('breaks as many laws as are asked for, by default those that the shortest histories break', async () => {
    const broken = async (...more: readonly string[]): Promise<unknown> => {
      const { code, out } = await explore(folder(), 'mutant:B09c', '--depth', '2', '--json', ...more);
      const { counterexamples } = JSON.parse(out) as { readonly counterexamples: readonly unknown[] };
      return [code, counterexamples.length];
    };
    expect(await broken()).toEqual([1, 2]);
    expect(await broken('--bail', '1')).toEqual([1, 1]);
    expect(await broken('--bail', '9')).toEqual([1, 2]);
  });

  // Rows of the kill matrix, as a user explores them; all of them in test/mutants/explored.test.ts.
  test.each(
    Object.entries(readProofs())
      .flatMap(([name, { minima }]) =>
        Object.entries(minima).flatMap(([law, ops]) => (ops === 2 ? [[name, law] as const] : [])),
      )
      .filter((_, i) => i % 12 === 0),
  )('%s breaks %s with two ops and not with one', async (name, law) => {
    const at = async (depth: number): Promise<readonly unknown[]> => {
      const { code, out } = await explore(folder(), `mutant:${name}`, '--depth', String(depth), '--json');
      const { counterexamples } = JSON.parse(out) as {
        readonly counterexamples: readonly { readonly invariant: string; readonly rule: number }[];
      };
      return [code, ...counterexamples.map(({ invariant, rule }) => `${invariant}/${rule}`)];
    };
    expect(await at(1)).toEqual([0]);
    const found = await at(2);
    expect(found[0]).toBe(1);
    expect(found).toContain(law);
  });
});

describe('steps of processors', () => {
  test('the right kernel is clean, the one that installs before it flushes is not', async () => {
    const right = await explore(
      folder(),
      '--cpus',
      '2',
      '--frames',
      '3',
      '--ops',
      'fork,exit',
      '--prove-symmetry',
      '--json',
    );
    expect(right.code).toBe(0);
    expect(JSON.parse(right.out)).toMatchObject({ complete: true, symmetry: { missing: 0, extra: 0 } });
    const wrong = await explore(folder(), 'mutant:installs-before-flush');
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(/^ +CPU 0 +CPU 1 +CPU 2$/m);
    expect(wrong.out).toContain('violated  translations.cached-reads-reference  (rule 29)');
    const two = await explore(folder(), 'mutant:installs-before-flush', '--cpus', '2');
    expect(two.code).toBe(0);
  });

  test('a finding is a file, which replay shows again, and which the right kernel follows without harm', async () => {
    const cwd = folder();
    const { code, out } = await explore(cwd, 'mutant:installs-before-flush');
    expect(code).toBe(1);
    const line = /^replay +npx cowcheck (.*)$/m.exec(out)?.[1] ?? '';
    const [, file = ''] = line.split(' ');
    expect(out).toContain(`saved     ${file}\n`);
    const again = await cowcheck(line.split(' '), cwd);
    expect(again.code).toBe(1);
    // The same columns and the same law, character for character.
    expect(out).toContain(again.out);
    const right = await cowcheck(['replay', file, '--target', 'model', '--json'], cwd);
    expect(right.code).toBe(0);
    expect(JSON.parse(right.out)).toMatchObject({
      verdict: 'held',
      target: 'model',
      steps: { made: 12, of: 14 },
      reproduced: { times: 0, of: 1 },
    });
    const text = readFileSync(join(cwd, file), 'utf8');
    writeFileSync(join(cwd, 'cut.json'), text.slice(0, 300));
    writeFileSync(join(cwd, 'later.json'), text.replace('"format": 1', '"format": 2'));
    writeFileSync(join(cwd, 'nobody.json'), text.replace('"cpu":2', '"cpu":3'));
    const wrong = ['cut', 'later', 'nobody'].map(name => ['replay', `${name}.json`]);
    const lines = [...wrong, ['replay', file, '--target', 'linux'], ['shrink', file], ['pin', file]];
    expect((await transcript(lines, cwd)).replaceAll(file, 'FILE')).toMatchInlineSnapshot(`
      "
      $ cowcheck replay cut.json
      cowcheck: cut.json: not JSON (Unterminated string in JSON at position N); is the file complete?
      exit 2
      $ cowcheck replay later.json
      cowcheck: later.json: format: this version reads interleaving format 1; received 2
      exit 2
      $ cowcheck replay nobody.json
      cowcheck: nobody.json: steps[12].cpu: one of the 3 processors, from 0 on; received 3
      exit 2
      $ cowcheck replay FILE --target linux
      cowcheck: interleaved steps are done by the model or by a mutant of its steps, and "linux" is neither; type: cowcheck replay FILE --target model
      exit 2
      $ cowcheck shrink FILE
      cowcheck: FILE: these are interleaved steps, and a trace of ops is accepted; what shows them again: cowcheck replay FILE
      exit 2
      $ cowcheck pin FILE
      cowcheck: FILE: these are interleaved steps, and a trace of ops is accepted; what shows them again: cowcheck replay FILE
      exit 2
      "
    `);
  });
});

describe('a target that cannot go back', () => {
  test('every history of a program is run, and the wrong one is refuted', async () => {
    const few = ['--procs', '2', '--pages', '1', '--depth', '3', '--ops', 'fork,write,read'];
    const right = await explore(folder(), '--command', toy(), ...few, '--json');
    expect(right.code).toBe(0);
    const { histories } = JSON.parse(right.out) as {
      readonly histories: { readonly exercised: number; readonly of: number };
    };
    expect(histories.exercised).toBe(histories.of);
    const wrong = await explore(folder(), '--command', toy('shares'), ...few);
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('op 3 of 3');
  });

  test.skipIf(process.platform !== 'linux')('the kernel holds, its negative control does not', async () => {
    const few = ['--procs', '2', '--pages', '1', '--depth', '3', '--ops', 'fork,write,read,exit'];
    expect((await explore(folder(), 'linux', ...few)).code).toBe(0);
    const wrong = await explore(folder(), 'linux:shared-arena', ...few);
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('rule 2)');
  });
});

test('words that mean nothing', async () => {
  expect(
    await transcript(
      [
        ['explore', '--frames', '1'],
        ['explore', '--values', '1'],
        ['explore', '--ops', 'discard'],
        ['explore', '--threads', '2'],
        ['explore', '--cpus', '3', '--ops', 'write'],
        ['explore', '--cpus', '2', '--threads', '3'],
        ['explore', 'linux', '--serve'],
      ],
      folder(),
    ),
  ).toMatchInlineSnapshot(`
    "
    $ cowcheck explore --frames 1
    cowcheck: --frames 1 cannot hold the 2 pages of one process; type for example: --frames 6
    exit 2
    $ cowcheck explore --values 1
    cowcheck: --values was given "1"; it takes a whole number from 2 to 16; type for example: --values 2
    exit 2
    $ cowcheck explore --ops discard
    cowcheck: discard is an op where steps interleave; type for example: --cpus 3 --ops discard
    exit 2
    $ cowcheck explore --threads 2
    cowcheck: --threads is about processors, and --cpus was not given; type for example: --cpus 3
    exit 2
    $ cowcheck explore --cpus 3 --ops write
    cowcheck: write is no op where steps interleave; there are fork, exec, exit, discard, kwrite, pin, and stores and faults always; type for example: --ops fork,exit
    exit 2
    $ cowcheck explore --cpus 2 --threads 3
    cowcheck: threads is 3: a process runs on at most all 2 processors; at most 2 are accepted; type for example: --cpus 3 --procs 2 --pages 1 --frames 4 --values 2
    exit 2
    $ cowcheck explore linux --serve
    cowcheck: --serve walks through the states of the model or of a mutant; type for example: cowcheck explore model --serve
    exit 2
    "
  `);
});
