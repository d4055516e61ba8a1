// cowcheck init: a commented target to start from. It never overwrites.
import { readFileSync, writeFileSync } from 'node:fs';
import { Console } from './console.ts';
import { EXIT, UsageError } from './exit.ts';

const DEFAULT = 'cow.target.mjs';

/** The file as it lies in the package: two folders up from dist/cli, one from cli. */
function template(): string {
  for (const place of ['../../examples/start/cow.target.mjs', '../examples/start/cow.target.mjs'])
    try {
      return readFileSync(new URL(place, import.meta.url), 'utf8');
    } catch {
      // not there: the other place
    }
  throw new UsageError(
    'the starting file is not in this package; install cowcheck again: npm install cowcheck',
  );
}

export function initCommand(file = DEFAULT): number {
  if (!/\.m?js$/.test(file))
    throw new UsageError(
      `init was given ${JSON.stringify(file.slice(0, 200))}; it takes the name of a .mjs or .js file; type for example: cowcheck init ${DEFAULT}`,
    );
  const typed = /^(\.{0,2}\/)/.test(file) ? file : `./${file}`;
  try {
    // Exclusive: a file that is there stays as it is.
    writeFileSync(file, template(), { flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new UsageError(
      code === 'EEXIST'
        ? `${file} is there already and is not overwritten; name another: cowcheck init my-cow.mjs, or check it: cowcheck fuzz ${typed}`
        : `${file} cannot be written (${code}); name another place: cowcheck init my-cow.mjs`,
    );
  }
  const out = new Console();
  out.print(`wrote ${file}: a small store and the target around it, with comments`);
  out.print(`next  npx cowcheck fuzz ${typed} --runs 1000`);
  return EXIT.held;
}
