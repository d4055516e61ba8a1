// A target from a file of the user's: its default export.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RigError, type Target } from '../../spec/target.ts';
import { isCode } from './name.ts';
import type { CowObject } from './object.ts';
import { asTarget, NotATarget } from './target.ts';

/** The target in `path`, called by its path. Throws NotATarget for what is none, RigError for what cannot be loaded. */
export async function fileTarget(path: string): Promise<Target> {
  if (!isCode(path))
    throw new NotATarget(
      `${path} was given; accepted is a .js, .mjs or .ts file, such as ./my-cow.mjs (to write one: npx cowcheck init); for a program: --command ${path}`,
    );
  const full = resolve(path);
  if (!existsSync(full))
    throw new NotATarget(`there is no file ${path}; to write one: npx cowcheck init ${path}`);
  const module = await load(path, full);
  if (module['default'] === undefined)
    throw new NotATarget(
      `${path} has no default export (it has ${Object.keys(module).join(', ') || 'none at all'}); write: export default defineTarget({ start, fork, read, write, … })`,
    );
  try {
    const target = asTarget(module['default'] as Target | CowObject);
    return {
      name: path,
      ...(target.limits === undefined ? {} : { limits: target.limits }),
      open: world => target.open(world),
    };
  } catch (cause) {
    if (!(cause instanceof NotATarget)) throw cause;
    throw new NotATarget(`${path}: ${cause.message}`);
  }
}

async function load(path: string, full: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(full).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const { code, message, name } = cause as { code?: unknown; message: string; name: string };
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new RigError(
        'own-typescript',
        `${path} is TypeScript, and this Node.js (${process.version}) does not load that by itself`,
        `use Node.js 22.18 or newer, or compile it, or: npm install tsx && NODE_OPTIONS='--import tsx' npx cowcheck fuzz ${path}`,
      );
    if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
      throw new RigError(
        'own-typescript',
        `${path} uses TypeScript that Node.js cannot strip: ${message.split('\n')[0] ?? ''}`,
        'write types that vanish when they are taken away (no enum, no namespace, no parameter properties), or compile it',
      );
    if (cause instanceof NotATarget) throw new NotATarget(`${path}: ${message}`);
    throw new RigError(
      'own-load',
      `${path} could not be loaded: ${name}: ${message.split('\n').slice(0, 3).join(' ')}`,
      `see for yourself: node ${path}`,
    );
  }
}
