// The rules of the house that a machine can check: who imports whom, what a file looks like, what the package needs.

/** A source file: its path from the root, with `/`, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

interface Import {
  /** As written: `./x.ts`, `zod`, `node:fs`. */
  readonly from: string;
  readonly typeOnly: boolean;
}

const EVERYTHING = 'everything';

/** Room by path prefix, the longest that fits; and the rooms it may import beside itself. */
const ROOMS: readonly (readonly [room: string, mayImport: readonly string[] | typeof EVERYTHING])[] = [
  ['spec/', []],
  ['model/reference/', ['spec/']],
  ['model/cow/', ['spec/']],
  ['model/mutants/', ['spec/', 'model/cow/']],
  ['model/steps/', ['spec/']],
  ['model/steps/mutants/', ['spec/', 'model/steps/']],
  // model/oracle.ts and model/blame.ts, which it alone uses.
  ['model/', ['spec/', 'model/reference/']],
  ['properties/', ['spec/']],
  ['properties/generator/', ['spec/', 'properties/', 'model/reference/']],
  [
    'explorer/',
    [
      'spec/',
      'model/',
      'model/reference/',
      'model/cow/',
      'model/mutants/',
      'model/steps/',
      'model/steps/mutants/',
      'properties/',
      'properties/generator/',
    ],
  ],
  ['runner/', ['spec/', 'model/', 'properties/', 'properties/generator/']],
  ['targets/', ['spec/']],
  ['targets/model/', ['spec/', 'targets/', 'model/cow/', 'model/mutants/', 'model/steps/mutants/']],
  ['report/', ['spec/']],
  ['cli/', EVERYTHING],
  ['bench/', EVERYTHING],
  ['examples/', []],
  ['test/', EVERYTHING],
  // The entries of the package and the configuration of its tools.
  ['', EVERYTHING],
];

/** A room that is part of another: the whole may use the part. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  'properties/': ['properties/generator/'],
  'targets/': ['targets/model/'],
};

/** Rooms that nothing shipped may import. */
const NEVER = ['test/', 'bench/', 'examples/'];

/** The files that may import fast-check: the arbitrary, and the entries of the package that show it. */
const FAST_CHECK_DOORS = ['properties/arbitrary.ts', 'fast-check.ts', 'vitest.ts'];

export function roomOf(path: string): string {
  let found = '';
  for (const [room] of ROOMS) if (path.startsWith(room) && room.length > found.length) found = room;
  return found;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

export function importsOf(text: string): readonly Import[] {
  const bare = withoutComments(text);
  const found: Import[] = [];
  for (const match of bare.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s*['"]([^'"]+)['"]/gm,
  )) {
    const names = /^\{([\s\S]*)\}$/.exec((match[2] ?? '').trim())?.[1]?.split(',') ?? [];
    const named = names.map(name => name.trim()).filter(name => name !== '');
    const typeOnly =
      match[1] !== undefined || (named.length > 0 && named.every(name => /^type\s/.test(name)));
    found.push({ from: match[3] ?? '', typeOnly });
  }
  for (const match of bare.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm))
    found.push({ from: match[1] ?? '', typeOnly: false });
  for (const match of bare.matchAll(/\bimport\s*\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ from: match[1] ?? '', typeOnly: false });
  return found;
}

/** The path a relative import leads to. */
export function resolved(path: string, from: string): string {
  const parts = path.split('/').slice(0, -1);
  for (const part of from.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Imports that the table of rooms does not allow, a line each. */
export function wrongImports({ path, text }: Source): readonly string[] {
  const room = roomOf(path);
  const allowed = ROOMS.find(([name]) => name === room)?.[1] ?? [];
  const wrong: string[] = [];
  for (const { from } of importsOf(text)) {
    if (!from.startsWith('.')) continue;
    const to = roomOf(resolved(path, from));
    if (NEVER.includes(to) && to !== room && room !== 'test/') {
      wrong.push(`${path} imports ${from}: nothing imports ${to}`);
      continue;
    }
    if (to === room || allowed === EVERYTHING) continue;
    if (allowed.includes(to) || (PARTS[room] ?? []).includes(to)) continue;
    wrong.push(`${path} imports ${from}: ${room} may not know ${to === '' ? 'the package entry' : to}`);
  }
  return wrong;
}

/** Packages that a file may not import. `dependencies`: what the package ships with; `peers`: what a user may have. */
export function wrongPackages({ path, text }: Source, dependencies: readonly string[]): readonly string[] {
  const room = roomOf(path);
  const wrong: string[] = [];
  for (const { from } of importsOf(text)) {
    if (from.startsWith('.') || from.startsWith('node:')) continue;
    const name = from
      .split('/')
      .slice(0, from.startsWith('@') ? 2 : 1)
      .join('/');
    if (room === 'test/') continue;
    if (name === 'fast-check' && room !== 'bench/' && !FAST_CHECK_DOORS.includes(path))
      wrong.push(`${path} imports fast-check: only ${FAST_CHECK_DOORS.join(', ')} may`);
    if (room === 'spec/' && name !== 'zod') wrong.push(`${path} imports ${name}: spec needs zod alone`);
    if (room.startsWith('model/')) wrong.push(`${path} imports ${name}: the models need no package`);
    if (room === 'bench/' || room === 'examples/' || path === 'vitest.config.ts') continue;
    if (!dependencies.includes(name)) wrong.push(`${path} imports ${name}: not a dependency`);
  }
  return wrong;
}

/** Cycles of imports that remain when types are gone, each as its path. */
export function cycles(sources: readonly Source[]): readonly string[] {
  const next = new Map(
    sources.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter(({ from, typeOnly }) => from.startsWith('.') && !typeOnly)
        .map(({ from }) => resolved(path, from)),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(' > '));
      return;
    }
    if (done.has(path)) return;
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return found;
}

/** What is wrong with the form of a file. `longest`: the most lines it may have. */
export function wrongForm({ path, text }: Source, longest: number): readonly string[] {
  const wrong: string[] = [];
  const lines = text.trimEnd().split('\n');
  const first = lines[0]?.startsWith('#!') === true ? lines[1] : lines[0];
  if (!/^\/\/ \S.{10,}/.test(first ?? ''))
    wrong.push(`${path}: the first line says what the file owns, as a comment`);
  if (lines.length > longest) wrong.push(`${path}: ${lines.length} lines, at most ${longest}`);
  if (/(^|\/)(utils?|helpers?|common|misc|lib)(\/|\.)/.test(path))
    wrong.push(`${path}: a name that says nothing`);
  if (!/^[a-z0-9.-]+$/.test(path.split('/').at(-1) ?? '')) wrong.push(`${path}: file names are lower-kebab`);
  const code = withoutComments(text);
  if (/[:<|&(]\s*any\b(?!['\w-])|\bas any\b/.test(code)) wrong.push(`${path}: any`);
  if (/@ts-(ignore|nocheck|expect-error)/.test(text)) wrong.push(`${path}: silences the compiler`);
  if (/\b(TODO|FIXME|XXX)\b/.test(text)) wrong.push(`${path}: unfinished`);
  return wrong;
}

/** Chance and time that a run could not repeat. */
export function wrongChance({ path, text }: Source): readonly string[] {
  const code = withoutComments(text);
  const wrong: string[] = [];
  if (/\bMath\.random\s*\(/.test(code)) wrong.push(`${path}: Math.random; every choice has a seed`);
  const pure = ['spec/', 'model/', 'properties/', 'explorer/', 'report/'].some(room => path.startsWith(room));
  if (pure && /\b(Date\.now|new Date\s*\(\s*\)|performance\.now|setTimeout)\b/.test(code))
    wrong.push(`${path}: a clock in a room that has none`);
  if (pure && /from 'node:/.test(code)) wrong.push(`${path}: a system module in a room that has none`);
  return wrong;
}
