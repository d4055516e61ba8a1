// A program of the user's own: held, violated, hostile; and what the sandbox keeps it from.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cowcheck, type Ended, folder, MAIN, toy, transcript } from './cowcheck.ts';

const walls = spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-pid', '--proc', '/proc', 'true']);
const bare =
  walls.error !== undefined
    ? 'bubblewrap is not there; to run them: apt-get install bubblewrap'
    : walls.status !== 0
      ? `bubblewrap cannot make a sandbox here: ${String(walls.stderr).trim()}`
      : undefined;
if (bare !== undefined) console.warn(`the tests of the sandbox are skipped: ${bare}`);

const fuzz = (command: string, cwd: string, ...more: readonly string[]): Promise<Ended> =>
  cowcheck(['fuzz', '--command', command, '--seed', '1', '--runs', '30', ...more], cwd);

describe('a program', () => {
  test('that is right is held', async () => {
    const { code, out } = await fuzz(toy(), folder(), '--json');
    const { verdict, target, identity, opsHit } = JSON.parse(out) as Record<string, unknown>;
    expect({ code, verdict, target }).toEqual({ code: 0, verdict: 'held', target: 'command' });
    expect(identity).toMatchObject({ program: 'toy', command: toy(), sandbox: 'none' });
    expect(Object.keys(opsHit as object)).toEqual(['fork', 'exit', 'wait', 'read', 'write']);
  });

  test('that shares what it should copy is caught, and the printed command shows it again', async () => {
    const cwd = folder();
    const { code, out } = await fuzz(toy('shares'), cwd);
    expect(code).toBe(1);
    expect(out).toContain('op 3 of 3');
    expect(out).toContain(
      '     1  fork A -> B\n     2  write A data+0 length 1 = 0\n  >  3  read B data+0 length 1\n',
    );
    const printed = /^replay +npx cowcheck (.*)$/m.exec(out)?.[1] ?? '';
    expect(printed).toContain(` --command '`);
    const again = spawnSync('bash', ['-c', `"$0" "$1" ${printed}`, process.execPath, MAIN], {
      cwd,
      encoding: 'utf8',
    });
    expect(again.status).toBe(1);
    expect(again.stdout).toContain('reply.bytes  (rule 2)');
  });

  test('a trace does not say what to run: replay and shrink ask for it', async () => {
    const cwd = folder();
    await fuzz(toy('shares'), cwd);
    const [file = ''] = readdirSync(join(cwd, '.cowcheck/crashes'));
    const saved = join('.cowcheck/crashes', file);
    for (const verb of ['replay', 'shrink']) {
      const { code, err } = await cowcheck([verb, saved], cwd);
      expect({ code, err }).toEqual({
        code: 2,
        err: `cowcheck: the trace was found on a program, and what a file says is not run unless you type it (it was '${toy('shares')}'); type: cowcheck ${verb} ${saved} --command '…'\n`,
      });
    }
    const shrunk = await cowcheck(['shrink', saved, '--command', toy('shares')], cwd);
    expect(shrunk.code).toBe(1);
    expect(shrunk.out).toContain('nothing simpler fails');
    const right = await cowcheck(['replay', saved, '--command', toy()], cwd);
    expect(right.code).toBe(0);
  });

  test.each([
    ['dies', 1, 'exited with code 7, at op 1'],
    ['garbled', 4, String.raw`with "\xff\x00\x1b["`],
    ['floods', 4, 'wire-answer'],
    ['half', 1, 'exited with code 0, in the middle of a line: "by"'],
    ['version', 4, 'accepted is cowcheck 1 name=… ops=…'],
    ['lies-ops', 4, 'there is no exec'],
    ['shouts', 4, 'wrote more than 16 MiB on standard error'],
    ['fills-memory', 4, 'used '],
    ['fork-bomb', 4, 'at most 128 are allowed (--max-processes)'],
  ])('%s: exit %i', async (fault, wanted, words) => {
    const { code, out, err } = await fuzz(toy(fault), folder());
    expect(out + err).toContain(words);
    expect(code).toBe(wanted);
  });

  test('silence is named, and so is a trickle', async () => {
    const never = await fuzz('sleep 1000', folder(), '--answer-time', '300ms');
    expect(never.err).toContain('gave no answer for 0.3 s before it answered "cowcheck 1"');
    const trickle = await fuzz('while :; do printf x; sleep 0.1; done', folder(), '--answer-time', '400ms');
    expect(trickle.err).toContain('gave no answer for 0.4 s; it had begun the line "xx');
    expect([never.code, trickle.code]).toEqual([4, 4]);
  });

  test('one that cannot be started', async () => {
    const { code, err } = await fuzz('no-such-program --at-all', folder());
    expect(code).toBe(4);
    expect(err).toContain('run no-such-program --at-all by hand, type "cowcheck 1"');
  });
});

describe('words that mean nothing', () => {
  test('two targets, or limits of no program', async () => {
    expect(
      await transcript(
        [
          ['fuzz', 'model', '--command', 'x'],
          ['fuzz', 'model', '--sandbox', 'bwrap'],
          ['fuzz', '--memory', '1GiB'],
          ['fuzz', '--command', 'x', '--sandbox', 'docker'],
          ['fuzz', '--command', 'x', '--memory', '1000'],
        ],
        folder(),
      ),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck fuzz model --command x
      cowcheck: two targets were given, "model" and --command; one is accepted; type: cowcheck fuzz --command '…'
      exit 2
      $ cowcheck fuzz model --sandbox bwrap
      cowcheck: --sandbox is about a program, and none was given; type: cowcheck fuzz --command './my-agent' --sandbox …
      exit 2
      $ cowcheck fuzz --memory 1GiB
      cowcheck: --memory is about a program, and none was given; type: cowcheck fuzz --command './my-agent' --memory …
      exit 2
      $ cowcheck fuzz --command x --sandbox docker
      cowcheck: --sandbox was given "docker"; it takes none or bwrap; type for example: --sandbox bwrap
      exit 2
      $ cowcheck fuzz --command x --memory 1000
      cowcheck: --memory was given "1000"; it takes a size with its unit: MiB or GiB; type for example: --memory 1GiB
      exit 2
      "
    `);
  });
});

describe.skipIf(bare !== undefined)('in the sandbox', () => {
  test('a right program is held', async () => {
    const { code, out } = await fuzz(toy(), folder(), '--sandbox', 'bwrap', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'held', identity: { sandbox: 'bwrap' } });
  });

  test('limitation: one that swallows what the sandbox refuses is contained, and nobody hears of it', async () => {
    const cwd = folder();
    const file = join(cwd, 'escaped');
    const { code } = await fuzz(toy(`swallows-and-writes ${file}`), cwd, '--sandbox', 'bwrap');
    expect(existsSync(file)).toBe(false);
    expect(code).toBe(0);
  });

  test('one that writes outside of its folder does not, and is told of', async () => {
    const cwd = folder();
    const file = join(cwd, 'escaped');
    const { code, err } = await fuzz(toy(`writes-outside ${file}`), cwd, '--sandbox', 'bwrap');
    expect(existsSync(file)).toBe(false);
    expect(code).toBe(4);
    expect(err).toContain('its limits or its sandbox had kept it from something');
    expect(err).toContain('EROFS');
  });

  test('without the sandbox it does: the file of the test before could have been', async () => {
    const cwd = folder();
    const file = join(cwd, 'escaped');
    await fuzz(toy(`writes-outside ${file}`), cwd);
    expect(readFileSync(file, 'utf8')).toBe('it got out\n');
  });

  test('a program that multiplies without end is ended, and no group is left of it', async () => {
    const groups = (): readonly string[] =>
      ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].flatMap(place =>
        existsSync(place) ? readdirSync(place).filter(name => name.startsWith('cowcheck-')) : [],
      );
    const mark = `cowcheck-multiplies-${process.pid}`;
    const { code, err } = await fuzz(toy(`multiplies ${mark}`), folder(), '--sandbox', 'bwrap');
    expect(code).toBe(4);
    expect(err).toContain('at most 128 are allowed');
    // The kernel ends what was killed in its own time, after the one that killed it.
    await expect.poll(() => called(mark), { timeout: 30_000 }).toBe('');
    // Those of searches that go on beside this test are not its own.
    const living = () => groups().filter(name => !existsSync(`/proc/${name.slice('cowcheck-'.length)}`));
    await expect.poll(living, { timeout: 30_000 }).toEqual([]);
  });

  test.each(['fork-bomb', 'fills-memory'])('%s is ended with all it started', async fault => {
    const { code, err } = await fuzz(toy(`${fault} 4321`), folder(), '--sandbox', 'bwrap');
    expect(code).toBe(4);
    expect(err).toContain('command-limit');
    // No other test sleeps for so long.
    await expect.poll(() => called('^sleep 4321$'), { timeout: 30_000 }).toBe('');
  });
});

test.skipIf(process.platform !== 'linux')(
  'a sandbox that is not there: 4, and the command that installs it',
  async () => {
    const { code, err } = await cowcheck(['fuzz', '--command', 'x', '--sandbox', 'bwrap'], folder(), {
      PATH: '/nowhere',
    });
    expect(code).toBe(4);
    expect(err).toContain('apt-get install bubblewrap');
  },
);

/** The processes whose command line has `pattern`, one a line. */
function called(pattern: string): string {
  return spawnSync('pgrep', ['-af', '--', pattern], { encoding: 'utf8' }).stdout;
}
