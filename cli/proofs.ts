// The file of proofs: where it lies, and the sources it depends on.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import xxhash from 'xxhash-wasm';
import { z } from 'zod';
import type { Proofs } from '../explorer/proofs.ts';

/** The root of the package: this file is in a room of it, or in a room of its build. */
const ROOT = ['../', '../../']
  .map(up => new URL(up, import.meta.url))
  .find(root => existsSync(new URL('package.json', root)));

const FILE = 'model/mutants/proofs.json';

/** What a proof depends on beside the mutant itself: the machine, the judges, the words, the search. */
const ROOMS = [
  'spec',
  'model',
  'model/cow',
  'model/reference',
  'properties',
  'properties/invariants',
  'explorer',
];
/** What lies in these rooms and no proof looks at: the kernel cut into steps, targets of others, races. */
const APART = [
  'spec/interleaving.ts',
  'spec/interleaved-trace.ts',
  'spec/saved.ts',
  'spec/race.ts',
  'explorer/interleavings.ts',
  'explorer/interleaved-walk.ts',
  'explorer/representative.ts',
  'explorer/schedule.ts',
  'explorer/explore-rewound.ts',
  'explorer/rewindable.ts',
  'explorer/rewound.ts',
  'explorer/likeness.ts',
];
const BESIDE = ['targets/model/dialect.ts', 'model/mutants/mutant.ts'];

const schema = z.record(
  z.string(),
  z.object({
    sources: z.string(),
    searched: z.number().int(),
    minima: z.record(z.string(), z.number().int()),
    states: z.number().int(),
    transitions: z.number().int(),
  }),
);

/** The proofs as they were written; none if there is no such file or it is not one. */
export function readProofs(): Proofs {
  const file = ROOT === undefined ? undefined : new URL(FILE, ROOT);
  if (file === undefined || !existsSync(file)) return {};
  try {
    const read = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return read.success ? read.data : {};
  } catch {
    return {};
  }
}

/** Writes the proofs and returns where. */
export function writeProofs(proofs: Proofs): string {
  const file = fileURLToPath(new URL(FILE, ROOT ?? import.meta.url));
  writeFileSync(file, `${JSON.stringify(proofs, null, 2)}\n`);
  return file;
}

/** A hash of the code that a proof about `mutant` depends on; undefined where only the build is installed. */
export async function sourcesHash(): Promise<(mutant: string) => string | undefined> {
  const hash = await xxhash();
  const root = ROOT;
  if (root === undefined || !existsSync(new URL('explorer/minimum.ts', root))) return () => undefined;
  const code = (path: string): string => bare(readFileSync(new URL(path, root), 'utf8'));
  const shared = ROOMS.flatMap(room =>
    readdirSync(new URL(room, root))
      .filter(name => name.endsWith('.ts'))
      .sort()
      .map(name => `${room}/${name}`),
  )
    .filter(path => !APART.includes(path))
    .concat(BESIDE);
  const law = shared.map(code).join('\n');
  return mutant => hash.h64ToString(`${law}\n${code(`model/mutants/${mutant}.ts`)}`);
}

/** Source without comments on lines of their own and without the space around lines. */
function bare(text: string): string {
  return text
    .replace(/^\s*\/\*\*?[^]*?\*\/\s*$/gm, '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('//'))
    .join('\n');
}
