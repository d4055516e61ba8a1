// A file of the user's on the command line: init writes one, fuzz checks it, and what is no target is named.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cowcheck, project, ROOT, transcript } from './cowcheck.ts';

const { typescript } = process.features as { readonly typescript?: string | false };
const loadsTypeScript = typescript !== undefined && typescript !== false;

describe('init', () => {
  test('writes a file that holds, and does not overwrite it', async () => {
    const cwd = project();
    expect(await transcript([['init']], cwd)).toMatchInlineSnapshot(`
      "
      $ cowcheck init
      wrote cow.target.mjs: a small store and the target around it, with comments
      next  npx cowcheck fuzz ./cow.target.mjs --runs 1000
      exit 0
      "
    `);
    const { code, out } = await cowcheck(['fuzz', './cow.target.mjs', '--runs', '300', '--seed', '1'], cwd);
    expect(out).toContain('held  ./cow.target.mjs: 300 runs');
    expect(code).toBe(0);
    writeFileSync(join(cwd, 'cow.target.mjs'), 'mine');
    expect(
      await transcript([['init'], ['init', 'x.txt'], ['init', 'no/such/place.mjs']], cwd),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck init
      cowcheck: cow.target.mjs is there already and is not overwritten; name another: cowcheck init my-cow.mjs, or check it: cowcheck fuzz ./cow.target.mjs
      exit 2
      $ cowcheck init x.txt
      cowcheck: init was given "x.txt"; it takes the name of a .mjs or .js file; type for example: cowcheck init cow.target.mjs
      exit 2
      $ cowcheck init no/such/place.mjs
      cowcheck: no/such/place.mjs cannot be written (ENOENT); name another place: cowcheck init my-cow.mjs
      exit 2
      "
    `);
    expect(readFileSync(join(cwd, 'cow.target.mjs'), 'utf8')).toBe('mine');
  });

  test('a bug planted in it is found, and the printed command shows it again', async () => {
    const cwd = project();
    await cowcheck(['init', 'bad.mjs'], cwd);
    const path = join(cwd, 'bad.mjs');
    writeFileSync(path, readFileSync(path, 'utf8').replace('if (old.count > 1)', 'if (old.count > 2)'));
    const { code, out } = await cowcheck(['fuzz', './bad.mjs', '--seed', '1'], cwd);
    expect(code).toBe(1);
    expect(out).toContain('     1  fork A -> B\n  >  2  write A data+0 length 1 = 0\n');
    const printed = /^replay +npx cowcheck (.*)$/m.exec(out)?.[1] ?? '';
    expect(printed).toMatch(/ --target \.\/bad\.mjs$/);
    expect((await cowcheck(printed.split(' '), cwd)).code).toBe(1);
    const unnamed = await cowcheck(printed.split(' ').slice(0, 2), cwd);
    expect(unnamed.code).toBe(2);
    expect(unnamed.err).toContain('code that a trace names is not run unless you type it');
  });
});

test('a soak keeps to what the target knows: pages of data only, and as many as it can hold', async () => {
  const cwd = project();
  await cowcheck(['init', 'cow.mjs'], cwd);
  const python = `python3 ${join(ROOT, 'agents/python/toy.py')}`;
  for (const target of [['./cow.mjs'], ['--command', python]]) {
    const { code, out } = await cowcheck(['fuzz', ...target, '--soak', '--time', '3s', '--seed', '1'], cwd);
    expect([code, out]).toEqual([0, expect.stringMatching(/^held /m)]);
  }
});

describe('a file that is no target', () => {
  test('is told what is missing', async () => {
    const cwd = project();
    const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
    write('empty.mjs', '');
    write('named.mjs', 'export const start = 1;');
    write('half.mjs', 'export default { start() {} };');
    write('throws.mjs', 'throw new Error("no disk");');
    write('syntax.mjs', 'export default {');
    expect(
      await transcript(
        [
          './nope.mjs',
          './empty.mjs',
          './named.mjs',
          './half.mjs',
          './throws.mjs',
          './syntax.mjs',
          './x.py',
        ].map(name => ['fuzz', name]),
        cwd,
      ),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck fuzz ./nope.mjs
      cowcheck: there is no file ./nope.mjs; to write one: npx cowcheck init ./nope.mjs
      exit 2
      $ cowcheck fuzz ./empty.mjs
      cowcheck: ./empty.mjs has no default export (it has none at all); write: export default defineTarget({ start, fork, read, write, … })
      exit 2
      $ cowcheck fuzz ./named.mjs
      cowcheck: ./named.mjs has no default export (it has start); write: export default defineTarget({ start, fork, read, write, … })
      exit 2
      $ cowcheck fuzz ./half.mjs
      cowcheck: ./half.mjs: fork, read, write are missing or no function; the object has start, and must have start, fork, read, write; see what one looks like: npx cowcheck init
      exit 2
      $ cowcheck fuzz ./throws.mjs
      cowcheck: ./throws.mjs could not be loaded: Error: no disk [own-load]; what to do: see for yourself: node ./throws.mjs
      exit 4
      $ cowcheck fuzz ./syntax.mjs
      cowcheck: ./syntax.mjs could not be loaded: SyntaxError: Unexpected end of input [own-load]; what to do: see for yourself: node ./syntax.mjs
      exit 4
      $ cowcheck fuzz ./x.py
      cowcheck: ./x.py was given; accepted is a .js, .mjs or .ts file, such as ./my-cow.mjs (to write one: npx cowcheck init); for a program: --command ./x.py
      exit 2
      "
    `);
  });

  test('TypeScript is loaded where Node can, and said to be the trouble where not', async () => {
    const cwd = project();
    await cowcheck(['init', 'cow.mjs'], cwd);
    const text = readFileSync(join(cwd, 'cow.mjs'), 'utf8').replaceAll('(pages)', '(pages: object[])');
    writeFileSync(join(cwd, 'package.json'), '{"type":"module"}');
    writeFileSync(join(cwd, 'cow.ts'), text);
    const { code, err, out } = await cowcheck(['fuzz', './cow.ts', '--runs', '50', '--seed', '1'], cwd);
    if (loadsTypeScript) {
      expect({ code, held: out.startsWith('held') }).toEqual({ code: 0, held: true });
      return;
    }
    expect(code).toBe(4);
    expect(err).toContain(
      `./cow.ts is TypeScript, and this Node.js (${process.version}) does not load that by itself [own-typescript]`,
    );
    expect(err).toContain("NODE_OPTIONS='--import tsx' npx cowcheck fuzz ./cow.ts");
  });
});
