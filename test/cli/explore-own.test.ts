// A file of the user's that goes back, explored as a user does it: states, what is assumed of them, and a planted bug.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cowcheck, project, transcript } from './cowcheck.ts';

const FILE = `import { defineTarget } from 'cowcheck';
let frames, stores, next;
export default defineTarget({
  start(image) {
    frames = image.map(bytes => ({ bytes: [...bytes], count: 1 }));
    stores = { 0: frames.map((_, number) => number) };
    next = 1;
    return 0;
  },
  fork(store) {
    for (const number of stores[store]) frames[number].count++;
    stores[next] = [...stores[store]];
    return next++;
  },
  read: (store, page, offset, length) => frames[stores[store][page]].bytes.slice(offset, offset + length),
  write(store, page, offset, bytes) {
    const shared = frames[stores[store][page]];
    if (shared.count > 1) {
      shared.count--;
      frames.push({ bytes: [...shared.bytes], count: 1 });
      stores[store][page] = frames.length - 1;
    }
    frames[stores[store][page]].bytes.splice(offset, bytes.length, ...bytes);
  },
  exit(store) {
    for (const number of stores[store]) frames[number].count--;
    delete stores[store];
  },
  frames: store => stores[store],
  count: number => frames[number].count,
  save: () => structuredClone({ frames, stores, next }),
  restore(saved) {
    ({ frames, stores, next } = structuredClone(saved));
  },
});
`;

const SMALL = ['--procs', '2', '--pages', '1'];

test('a right one is explored to the end, state by state', async () => {
  const cwd = project();
  writeFileSync(join(cwd, 'cow.mjs'), FILE);
  const { code, out } = await cowcheck(['explore', './cow.mjs', ...SMALL, '--json'], cwd);
  expect(code).toBe(0);
  const result = JSON.parse(out) as Record<string, unknown>;
  // Frames without end: of names that mean nothing there may be any number.
  expect(result).toMatchObject({
    verdict: 'held',
    complete: true,
    frontier: 0,
    names: ['frames', 'processes'],
  });
  expect(result['states']).toBeGreaterThan(5);
  expect(result['assumed']).toContain('what the target remembers beside that is not told apart');
  expect(result['histories']).toBeUndefined();
});

test('its own fingerprint tells states apart, and the symmetry is proved', async () => {
  const cwd = project();
  // All that matters of the frames, under no names but the order of the stores.
  const word = `fingerprint: order => JSON.stringify(order.map(one => stores[one]?.map(number => frames[number]))),\n  save:`;
  writeFileSync(join(cwd, 'cow.mjs'), FILE.replace('save:', word));
  const { code, out } = await cowcheck(['explore', './cow.mjs', ...SMALL, '--prove-symmetry'], cwd);
  expect(code).toBe(0);
  expect(out).toContain(
    'assumed    states are one if they look alike and the fingerprint() of the target is the same\n',
  );
  expect(out).toMatch(/^symmetry {3}proved: /m);
  // One that never says the same twice: there is no end of states.
  writeFileSync(join(cwd, 'never.mjs'), FILE.replace('save:', 'fingerprint: () => `${next}`,\n  save:'));
  const endless = await cowcheck(['explore', './never.mjs', ...SMALL, '--states', '200'], cwd);
  expect([endless.code, endless.out]).toEqual([
    3,
    expect.stringContaining('because    there are more states than --states allows'),
  ]);
});

test('a planted bug is found in the fewest ops, and the printed command shows it again', async () => {
  const cwd = project();
  writeFileSync(join(cwd, 'bad.mjs'), FILE.replace('shared.count > 1', 'shared.count > 2'));
  const { code, out } = await cowcheck(['explore', './bad.mjs', ...SMALL], cwd);
  expect(code).toBe(1);
  expect(out).toContain('op 3 of 3');
  const printed = /^replay +npx cowcheck (.*)$/m.exec(out)?.[1] ?? '';
  expect(printed).toMatch(/ --target \.\/bad\.mjs$/);
  expect((await cowcheck(printed.split(' '), cwd)).code).toBe(1);
});

test('what cannot go back is said', async () => {
  const cwd = project();
  const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
  write('same.mjs', FILE.replaceAll('structuredClone', ''));
  write('half.mjs', FILE.replace('restore(saved)', 'wipe(saved)'));
  write('later.mjs', FILE.replace('fork(store) {', 'async fork(store) {'));
  expect(
    await transcript(
      ['same', 'half', 'later'].map(name => ['explore', `./${name}.mjs`, ...SMALL]),
      cwd,
    ),
  ).toMatchInlineSnapshot(`
    "
    $ cowcheck explore ./same.mjs --procs 2 --pages 1
    cowcheck: explore ./same.mjs, 2 processes, 1 pages of data, 2 frames, 2 values
    cowcheck: own: after restore it does not look as it did when it was saved [own-restore]; what to do: let save() copy all that the object remembers, and restore(saved) copy it back: the saved is used again, so it must stay as it is
    exit 4
    $ cowcheck explore ./half.mjs --procs 2 --pages 1
    cowcheck: ./half.mjs: restore is missing; accepted is save() with restore(saved), or neither
    exit 2
    $ cowcheck explore ./later.mjs --procs 2 --pages 1
    cowcheck: explore ./later.mjs, 2 processes, 1 pages of data, 2 frames, 2 values
    cowcheck: own: a method returned a promise, and states are explored with methods that return at once [own-promise]; what to do: let every method return its value itself; or leave out save and restore: then each history is run from its beginning
    exit 4
    "
  `);
});

test.each([
  ['that goes back', FILE],
  ['that does not', FILE.replace(/ {2}save: [\s\S]*$/, '});\n')],
])('one %s and refuses every fork has kept no law', async (_, file) => {
  const cwd = project();
  const refusing = file
    .replace("import { defineTarget } from 'cowcheck'", "import { defineTarget, Refused } from 'cowcheck'")
    .replace('fork(store) {', "fork(store) {\n    throw new Refused('memory');");
  writeFileSync(join(cwd, 'cow.mjs'), refusing);
  const { code, out } = await cowcheck(['explore', './cow.mjs', ...SMALL], cwd);
  expect(out).toContain('because    it never happened that a fork shared a frame');
  expect(code).toBe(3);
});

test('one whose histories are too many is stopped by its time before the first of them', async () => {
  const cwd = project();
  writeFileSync(join(cwd, 'cow.mjs'), FILE.replace(/ {2}save: [\s\S]*$/, '});\n'));
  const many = ['--procs', '4', '--pages', '3', '--values', '6', '--depth', '6'];
  const { code, out } = await cowcheck(['explore', './cow.mjs', ...many, '--time', '200ms'], cwd);
  expect(out).toContain('it was stopped before all histories were run');
  expect(code).toBe(3);
});
