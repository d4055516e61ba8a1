// Every source file against the rules of the house, and every rule against a sample that must trip it.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  cycles,
  importsOf,
  resolved,
  roomOf,
  type Source,
  wrongChance,
  wrongForm,
  wrongImports,
  wrongPackages,
} from './sources.ts';

const ROOT = join(import.meta.dirname, '../..');
const LONGEST = 330;
const LONGEST_TEST = 400;

/** Files that may be longer, and why. */
const LONGER: Readonly<Record<string, readonly [lines: number, why: string]>> = {};

function read(path: string): Source {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

const sources: readonly Source[] = [
  ...readdirSync(ROOT).filter(name => name.endsWith('.ts')),
  ...[
    'spec',
    'model',
    'properties',
    'explorer',
    'runner',
    'targets',
    'report',
    'cli',
    'bench',
    'examples',
    'test',
  ].flatMap(room => {
    try {
      return readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true })
        .filter(
          entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'),
        )
        .map(entry => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'));
    } catch {
      return []; // a room that is not built yet
    }
  }),
].map(read);

/** Without the rules themselves and their samples, which break every rule on purpose. */
const judged = sources.filter(({ path }) => !path.startsWith('test/architecture/'));

const manifest = JSON.parse(read('package.json').text) as {
  dependencies: Record<string, string>;
  peerDependencies?: Record<string, string>;
};

describe('the house', () => {
  test('is all there to be read', () => {
    const paths = sources.map(({ path }) => path);
    expect(paths).toContain('spec/op.ts');
    expect(paths).toContain('model/cow/machine.ts');
    expect(paths).toContain('test/architecture/sources.ts');
    expect(paths.length).toBeGreaterThan(50);
  });

  test('imports follow the table of rooms', () => {
    expect(sources.flatMap(wrongImports)).toEqual([]);
  });

  test('every relative import leads to a file', () => {
    const paths = new Set(sources.map(({ path }) => path));
    const lost = judged.flatMap(({ path, text }) =>
      importsOf(text)
        .filter(({ from }) => from.endsWith('.ts') && from.startsWith('.'))
        .map(({ from }) => resolved(path, from))
        .filter(to => !paths.has(to)),
    );
    expect(lost).toEqual([]);
  });

  test('packages are imported where they belong', () => {
    const dependencies = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies ?? {}),
    ];
    expect(sources.flatMap(source => wrongPackages(source, dependencies))).toEqual([]);
  });

  test('the package depends on these and no others', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual([
      'commander',
      'fast-check',
      'piscina',
      'pure-rand',
      'xxhash-wasm',
      'zod',
    ]);
    expect(Object.keys(manifest.peerDependencies ?? {}).filter(name => name !== 'vitest')).toEqual([]);
  });

  test('no imports go in circles', () => {
    expect(cycles(sources)).toEqual([]);
  });

  test('every file says what it owns, and is short', () => {
    expect(
      judged.flatMap(source =>
        wrongForm(
          source,
          LONGER[source.path]?.[0] ?? (source.path.startsWith('test/') ? LONGEST_TEST : LONGEST),
        ),
      ),
    ).toEqual([]);
  });

  test('the files that may be longer are', () => {
    for (const path of Object.keys(LONGER))
      expect(read(path).text.trimEnd().split('\n').length, path).toBeGreaterThan(LONGEST);
  });

  test('nothing depends on chance without a seed, nor on the clock', () => {
    expect(sources.flatMap(wrongChance)).toEqual([]);
  });
});

describe('a sample trips', () => {
  const importing = (path: string, from: string): readonly string[] =>
    wrongImports({ path, text: `// A sample.\nimport { x } from '${from}';\n` });

  test.each([
    ['spec/op.ts', '../model/cow/machine.ts'],
    ['spec/op.ts', '../runner/rig.ts'],
    ['model/reference/eager.ts', '../cow/machine.ts'],
    ['model/cow/machine.ts', '../reference/eager.ts'],
    ['model/cow/machine.ts', '../oracle.ts'],
    ['model/cow/machine.ts', '../mutants/mutants.ts'],
    ['model/mutants/mutants.ts', '../reference/eager.ts'],
    ['model/steps/kernel.ts', '../cow/machine.ts'],
    ['model/steps/kernel.ts', './mutants/mutant.ts'],
    ['model/steps/machine.ts', '../../properties/interleaved/laws.ts'],
    ['model/cow/machine.ts', '../steps/machine.ts'],
    ['properties/interleaved/frames.ts', '../../model/steps/machine.ts'],
    ['report/interleaving.ts', '../explorer/interleavings.ts'],
    ['model/oracle.ts', './cow/machine.ts'],
    ['model/blame.ts', '../properties/words.ts'],
    ['properties/invariants/frames.ts', '../../model/cow/spaces.ts'],
    ['properties/invariants/frames.ts', '../../model/reference/eager.ts'],
    ['properties/examiner.ts', '../model/oracle.ts'],
    ['properties/generator/writer.ts', '../../model/cow/machine.ts'],
    ['explorer/search.ts', '../runner/rig.ts'],
    ['runner/rig.ts', '../model/cow/machine.ts'],
    ['runner/rig.ts', '../targets/model/session.ts'],
    ['runner/rig.ts', '../cli/main.ts'],
    ['targets/wire/session.ts', '../../model/cow/machine.ts'],
    ['targets/linux/session.ts', '../../properties/invariants.ts'],
    ['targets/model/session.ts', '../../model/oracle.ts'],
    ['report/text.ts', '../runner/rig.ts'],
    ['report/text.ts', '../index.ts'],
    ['examples/own.ts', '../index.ts'],
    ['examples/own.ts', '../spec/op.ts'],
    ['cli/main.ts', '../test/history.ts'],
    ['runner/rig.ts', '../bench/main.ts'],
    ['index.ts', './test/history.ts'],
  ])('%s that imports %s', (path, from) => {
    expect(importing(path, from)).toHaveLength(1);
  });

  test.each([
    ['model/oracle.ts', './reference/eager.ts'],
    ['model/oracle.ts', './blame.ts'],
    ['model/mutants/mutants.ts', '../cow/machine.ts'],
    ['properties/arbitrary.ts', './generator/writer.ts'],
    ['properties/generator/family.ts', '../../model/reference/eager.ts'],
    ['explorer/interleavings.ts', '../model/steps/machine.ts'],
    ['explorer/interleavings.ts', '../properties/interleaved/laws.ts'],
    ['runner/rig.ts', '../model/oracle.ts'],
    ['targets/model/session.ts', '../../model/cow/machine.ts'],
    ['cli/main.ts', '../targets/model/session.ts'],
    ['test/model/cow.test.ts', '../../model/cow/machine.ts'],
  ])('nothing when %s imports %s', (path, from) => {
    expect(importing(path, from)).toEqual([]);
  });

  test('every way to write an import', () => {
    const text = `// import { no } from './comment.ts';
import { a } from './a.ts';
import b from "./b.ts";
import {
  c,
  type C,
} from './c.ts';
import type { D } from './d.ts';
import { type E } from './e.ts';
import './f.ts';
export { g } from './g.ts';
export * from './h.ts';
const i = await import('./i.ts');
/* import { no } from './block.ts'; */
`;
    expect(
      importsOf(text)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ from }) => from)
        .sort(),
    ).toEqual(['./a.ts', './b.ts', './c.ts', './f.ts', './g.ts', './h.ts', './i.ts']);
    expect(
      importsOf(text)
        .filter(({ typeOnly }) => typeOnly)
        .map(({ from }) => from),
    ).toEqual(['./d.ts', './e.ts']);
  });

  test('a file of no room belongs to the package', () => {
    expect(roomOf('index.ts')).toBe('');
    expect(roomOf('model/oracle.ts')).toBe('model/');
    expect(roomOf('model/cow/machine.ts')).toBe('model/cow/');
  });

  const packaged = (path: string, from: string): readonly string[] =>
    wrongPackages({ path, text: `import x from '${from}';` }, ['zod', 'fast-check', 'commander']);

  test.each([
    ['properties/shrink.ts', 'fast-check'],
    ['runner/campaign.ts', 'fast-check'],
    ['spec/op.ts', 'commander'],
    ['model/cow/machine.ts', 'zod'],
    ['runner/rig.ts', 'lodash'],
    ['cli/main.ts', '@scope/tool/door'],
  ])('%s that imports the package %s', (path, from) => {
    expect(packaged(path, from)).toHaveLength(1);
  });

  test.each([
    ['properties/arbitrary.ts', 'fast-check'],
    ['fast-check.ts', 'fast-check'],
    ['spec/parse.ts', 'zod'],
    ['cli/main.ts', 'commander'],
    ['runner/store.ts', 'node:fs'],
    ['test/properties/x.test.ts', 'vitest'],
  ])('nothing when %s imports the package %s', (path, from) => {
    expect(packaged(path, from)).toEqual([]);
  });

  test('a circle, but not one of types', () => {
    const circle = (kind: string): readonly Source[] => [
      { path: 'a/x.ts', text: "import { y } from './y.ts';" },
      { path: 'a/y.ts', text: "import { z } from '../b/z.ts';" },
      { path: 'b/z.ts', text: `import ${kind} { x } from '../a/x.ts';` },
    ];
    expect(cycles(circle(''))).toEqual(['a/x.ts > a/y.ts > b/z.ts > a/x.ts']);
    expect(cycles(circle('type'))).toEqual([]);
  });

  test.each([
    ['no first comment', 'spec/x.ts', 'export {};'],
    ['an empty first comment', 'spec/x.ts', '//\nexport {};'],
    ['too many lines', 'spec/x.ts', `// A file that is long.${'\nx;'.repeat(10)}`],
    ['a room of helpers', 'spec/helpers/x.ts', '// What helps everybody.'],
    ['a file of helpers', 'spec/utils.ts', '// What helps everybody.'],
    ['a name in capitals', 'spec/myFile.ts', '// What is named wrongly.'],
    ['any', 'spec/x.ts', '// A type that says nothing.\nlet x: any;'],
    ['a cast to any', 'spec/x.ts', '// A type that says nothing.\nf(x as any);'],
    ['a silenced compiler', 'spec/x.ts', `// A file that cheats.\n// @ts-${'ignore'}\n`],
    ['unfinished work', 'spec/x.ts', `// A file that is not done.\n// ${'TO'}DO: more\n`],
  ])('%s', (_, path, text) => {
    expect(wrongForm({ path, text }, 10)).toHaveLength(1);
  });

  test('nothing in a file of the right form', () => {
    const text =
      '#!/usr/bin/env node\n// What this file owns, in a sentence; any kind of it.\nexport const x = 1;\n';
    expect(wrongForm({ path: 'cli/main.ts', text }, 10)).toEqual([]);
  });

  test.each([
    ['cli/main.ts', `const x = Math.${'random'}();`],
    ['model/cow/machine.ts', 'const x = performance.now();'],
    ['properties/shrink.ts', 'const x = Date.now();'],
    ['spec/trace.ts', "import { readFileSync } from 'node:fs';"],
  ])('chance, clock or system in %s', (path, text) => {
    expect(wrongChance({ path, text })).toHaveLength(1);
  });

  test('nothing when the command line looks at the clock', () => {
    expect(wrongChance({ path: 'cli/main.ts', text: 'const x = Date.now();' })).toEqual([]);
  });
});
