// Words on the command line that mean nothing: one line each that says what was received, what is accepted, what to type.
import { describe, expect, test } from 'vitest';
import { worldsFor } from '../../runner/worlds.ts';
import { layoutOf } from '../../spec/world.ts';
import { mutants } from '../../targets/model/mutants.ts';
import { cowcheck, folder, transcript, twoAtATime } from './cowcheck.ts';

describe('what is typed wrongly', () => {
  const cwd = folder();

  test('names', async () => {
    expect(
      await transcript(
        [
          ['frobnicate'],
          ['fuzz', 'nope'],
          ['fuzz', '--nope'],
          ['fuzz', 'model', 'linux'],
          ['--nope'],
          ['replay'],
          ['fuzz', '--time'],
        ],
        cwd,
      ),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck frobnicate
      cowcheck: unknown command 'frobnicate'; the commands are fuzz, explore, races, replay, shrink, pin, mutants, conform, init, doctor; type: cowcheck --help
      exit 2
      $ cowcheck fuzz nope
      cowcheck: there is no target "nope": the targets are model, mutant:NAME, linux, linux:shared-arena, xv6, calf, calf:DEFECT, a file such as ./my-cow.mjs, or --command '…'; type: cowcheck fuzz model
      exit 2
      $ cowcheck fuzz --nope
      cowcheck: unknown option '--nope' (Did you mean --ops?); fuzz takes --output --regressions --command --sandbox --memory --max-processes --answer-time --kernel --disk --smp --time --runs --seed --max-ops --profile --ops --procs --pages --frames --soak --inspect --require --shard --bail --no-shrink --shrink-time --reporter --json; type: cowcheck fuzz --help
      exit 2
      $ cowcheck fuzz model linux
      cowcheck: too many arguments for 'fuzz'. Expected 1 argument but got 2; type: cowcheck fuzz --help
      exit 2
      $ cowcheck --nope
      cowcheck: unknown option '--nope'; type: cowcheck --help
      exit 2
      $ cowcheck replay
      cowcheck: missing required argument 'file|id|dir'; type: cowcheck replay --help
      exit 2
      $ cowcheck fuzz --time
      cowcheck: option '--time <duration>' argument missing; type: cowcheck fuzz --help
      exit 2
      "
    `);
  });

  test('values', async () => {
    expect(
      await transcript(
        [
          ['fuzz', '--time', 'abc'],
          ['fuzz', '--time', '0s'],
          ['fuzz', '--runs', '-1'],
          ['fuzz', '--runs', '0'],
          ['fuzz', '--procs', '0'],
          ['fuzz', '--seed', 'x'],
          ['fuzz', '--shard', '5/4'],
          ['fuzz', '--ops', 'nope'],
          ['fuzz', '--profile', 'nope'],
          ['fuzz', '--reporter', 'text,nope'],
          ['fuzz', '--bail', '\u001b[31m'],
        ],
        cwd,
      ),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck fuzz --time abc
      cowcheck: --time was given "abc"; it takes a time with its unit: ms, s, m or h; type for example: --time 60s
      exit 2
      $ cowcheck fuzz --time 0s
      cowcheck: --time was given "0s"; it takes a time with its unit: ms, s, m or h; type for example: --time 60s
      exit 2
      $ cowcheck fuzz --runs -1
      cowcheck: --runs was given "-1"; it takes a whole number from 1 to 1000000000000; type for example: --runs 1000
      exit 2
      $ cowcheck fuzz --runs 0
      cowcheck: --runs was given "0"; it takes a whole number from 1 to 1000000000000; type for example: --runs 1000
      exit 2
      $ cowcheck fuzz --procs 0
      cowcheck: --procs was given "0"; it takes a whole number from 1 to 64; type for example: --procs 4
      exit 2
      $ cowcheck fuzz --seed x
      cowcheck: --seed was given "x"; it takes a whole number from 0 to 2147483647; type for example: --seed 1
      exit 2
      $ cowcheck fuzz --shard 5/4
      cowcheck: --shard was given "5/4"; it takes i/n with i from 1 to n; type for example: --shard 1/4
      exit 2
      $ cowcheck fuzz --ops nope
      cowcheck: --ops was given "nope"; it takes names of ops: OPS; type for example: --ops fork,write,read
      exit 2
      $ cowcheck fuzz --profile nope
      cowcheck: --profile was given "nope"; it takes base, oom, kernel, pin or all; type for example: --profile all
      exit 2
      $ cowcheck fuzz --reporter text,nope
      cowcheck: --reporter was given "nope"; it takes one or more of text, json, junit, github; type for example: --reporter text,junit
      exit 2
      $ cowcheck fuzz --bail '[31m'
      cowcheck: --bail was given "\\u001b[31m"; it takes a whole number from 1 to 1000; type for example: --bail 1
      exit 2
      "
    `);
  });

  test('a seed in the environment', async () => {
    expect(await transcript([['fuzz'], ['mutants']], cwd, { COWCHECK_SEED: 'abc' })).toMatchInlineSnapshot(`
      "
      $ cowcheck fuzz
      cowcheck: COWCHECK_SEED was given "abc"; it takes a whole number from 0 to 2147483647; type for example: COWCHECK_SEED=1
      exit 2
      $ cowcheck mutants
      cowcheck: COWCHECK_SEED was given "abc"; it takes a whole number from 0 to 2147483647; type for example: COWCHECK_SEED=1
      exit 2
      "
    `);
  });

  test('worlds that cannot be', async () => {
    expect(
      await transcript(
        [
          ['fuzz', '--frames', '2'],
          ['fuzz', '--frames', '2', '--pages', '2'],
        ],
        cwd,
      ),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck fuzz --frames 2
      cowcheck: 2 frames are too few: the smallest process holds 2, and there must be one to copy into; type for example: --frames 6
      exit 2
      $ cowcheck fuzz --frames 2 --pages 2
      cowcheck: 2 frames are too few: a process holds 3 (its 2 pages and a stack); type for example: --frames 6
      exit 2
      "
    `);
  });

  test('few frames leave out the worlds that need more, and no more than those', async () => {
    const frames = 3;
    const worlds = worldsFor('base', { frames }, undefined, 99);
    expect(worlds.map(world => layoutOf(world).privatePages[0])).toEqual([2]);
    const { code, err } = await cowcheck(
      ['fuzz', '--frames', String(frames), '--runs', '150', '--seed', '1', '--json'],
      cwd,
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(worldsFor('base', { frames: 9 }, undefined, 99)).toHaveLength(5);
    expect(worldsFor('base', { frames: 10 }, undefined, 99)).toHaveLength(6);
  });
});

describe('a mutant that is not there', () => {
  test('all that are there are named', async () => {
    const { code, out, err } = await cowcheck(['fuzz', 'mutant:nope'], folder());
    const names = (await mutants()).map(({ name }) => name).join(', ');
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: `cowcheck: there is no mutant "nope": the mutants are ${names}; type: cowcheck mutants\n`,
    });
  });
});

describe('help', () => {
  test('lists what runs', async () => {
    expect(await transcript([['--help']], folder())).toMatchInlineSnapshot(`
      "
      $ cowcheck --help
      Usage: cowcheck [options] [command]

      Is this copy-on-write right? Checks an implementation against eager copying.
      Without a command: cowcheck fuzz model --time 5s

      Options:
        -V, --version                   output the version number
        -h, --help                      display help for command

      Commands:
        fuzz [options] [target]         search a target for a history that breaks a
                                        law: model, mutant:NAME, linux,
                                        linux:shared-arena, xv6, calf, calf:DEFECT, a
                                        file such as ./my-cow.mjs, or --command
        explore [options] [target]      every state of a small world: model,
                                        mutant:NAME, a file whose object has save and
                                        restore; or every history of another target,
                                        each from its beginning
        races [options] <target>        hold one hart of a kernel at the right
                                        instruction: which two ops at once break a
                                        law? xv6, calf, calf:DEFECT
        replay [options] <file|id|dir>  run a saved trace again
        shrink [options] <file|id>      try for longer to make a saved counterexample
                                        shorter
        pin [options] <file|id>         keep a finding as a regression
        mutants [options]               the kill matrix: every seeded bug, who kills
                                        it, in how many ops
        conform [options] [target]      is this adapter sound? protocol, determinism,
                                        capabilities, capacity
        init [file]                     write a commented target to start from
        doctor [options]                what this machine can run, and how to install
                                        what is missing
      exit 0
      "
    `);
  });

  test('of a command comes on standard output, with exit code 0', async () => {
    const cwd = folder();
    await twoAtATime(['fuzz', 'pin', 'doctor'], async command => {
      const { code, out, err } = await cowcheck([command, '--help'], cwd);
      expect({ command, code, err }).toEqual({ command, code: 0, err: '' });
      expect(out).toContain(`Usage: cowcheck ${command}`);
    });
  });

  test('the version is that of the package', async () => {
    const { code, out } = await cowcheck(['--version'], folder());
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
