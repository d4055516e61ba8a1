// defineTarget: an object of the user's as a target; what it can is inferred from the methods it has.
import { INSPECTS_NOTHING, type Inspects } from '../../spec/inspection.ts';
import { layoutFor } from '../../spec/tape.ts';
import { type Capabilities, type Limits, RigError, type Target } from '../../spec/target.ts';
import { imageContents, type World } from '../../spec/world.ts';
import type { Dialect, DialectSources } from '../../spec/dialect.ts';
import { DEFAULT_DIALECT } from '../wire/handshake.ts';
import type { CowObject, ImagePages } from './object.ts';
import { opsOf, shown } from './ops.ts';
import { RewindingSession } from './rewinding.ts';
import { moveOut, OwnSession, type Tenancy, told } from './session.ts';
import { pagesOf } from './shown.ts';

const REQUIRED = ['start', 'fork', 'read', 'write'] as const;
const OPTIONAL =
  'stop exit kill exec wait kread kwrite mmap munmap mprotect sbrk madvise failalloc frames inspect count held contents used save restore fingerprint'.split(
    ' ',
  );
const EXAMPLE = 'see what one looks like: npx cowcheck init';

/** Something that cannot be driven: what is missing, and what there must be. */
export class NotATarget extends Error {
  override readonly name = 'NotATarget';
}

/** A target around `object`. Throws NotATarget if a method is missing or is none. */
export function defineTarget<Process, Frame, Saved>(object: CowObject<Process, Frame, Saved>): Target {
  const given = object as CowObject;
  check(given);
  const name = given.name ?? 'own';
  const tenancy: Tenancy = { holder: undefined };
  return {
    name,
    limits: limitsOf(given),
    open: world => open(name, given, world, tenancy),
  };
}

/** A target as it is; an object with the methods becomes one. */
export function asTarget<Process, Frame, Saved>(value: Target | CowObject<Process, Frame, Saved>): Target {
  return isTarget(value) ? value : defineTarget(value);
}

export function isTarget(value: unknown): value is Target {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Target>).open === 'function' &&
    typeof (value as Partial<Target>).name === 'string'
  );
}

function check(object: CowObject): void {
  if (typeof object !== 'object' || object === null)
    throw new NotATarget(
      `a target was expected and ${shown(object)} given; accepted is an object with ${REQUIRED.join(', ')} and, where it has them, ${OPTIONAL.join(', ')}; ${EXAMPLE}`,
    );
  const has = object as unknown as Readonly<Record<string, unknown>>;
  const missing = REQUIRED.filter(method => typeof has[method] !== 'function');
  if (missing.length > 0) {
    const seen = Object.keys(has).slice(0, 12).join(', ');
    throw new NotATarget(
      `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing or no function; the object has ${seen === '' ? 'nothing' : seen}, and must have ${REQUIRED.join(', ')}; ${EXAMPLE}`,
    );
  }
  for (const method of OPTIONAL)
    if (has[method] !== undefined && typeof has[method] !== 'function')
      throw new NotATarget(
        `${method} is ${shown(has[method])}; accepted is a function, or nothing; ${EXAMPLE}`,
      );
  if (object.frames !== undefined && object.inspect !== undefined)
    throw new NotATarget(
      'frames and inspect show the same; accepted is one of them: inspect, if there is more to show',
    );
  if ((object.save === undefined) !== (object.restore === undefined))
    throw new NotATarget(
      `${object.save === undefined ? 'save' : 'restore'} is missing; accepted is save() with restore(saved), or neither`,
    );
  if (object.fingerprint !== undefined && object.save === undefined)
    throw new NotATarget(
      'fingerprint tells apart the states that an exploration goes back to, and nothing goes back; accepted with it are save() and restore(saved)',
    );
  const lost = ['count', 'held', 'contents'].find(part => has[part] !== undefined);
  if (lost !== undefined && object.frames === undefined && object.inspect === undefined)
    throw new NotATarget(
      `${lost} is about a frame, and nothing shows any; accepted with it is frames(process) or inspect(process)`,
    );
}

function limitsOf({ pageSize, processes, pages, layout }: CowObject): Limits {
  return {
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(processes === undefined ? {} : { processes }),
    ...(pages === undefined ? {} : { pages }),
    layout: layout ?? 'data',
  };
}

async function open(name: string, object: CowObject, world: World, tenancy: Tenancy): Promise<OwnSession> {
  const images = imagesOf(world);
  await moveOut(name, object, tenancy);
  const { inspects, asksOutside } = await probe(name, object, world, images);
  const can: Capabilities = {
    ops: opsOf(object),
    inspects,
    ...dialectOf(object),
    ...(object.capacity === undefined
      ? {}
      : { frames: Math.min(object.capacity, world.frames ?? object.capacity) }),
    processes: Math.min(world.processes, object.processes ?? world.processes),
    identity: { kind: 'in this process', ...identityOf(object) },
    leftOut: leftOut(object, asksOutside),
  };
  const Session = object.save === undefined ? OwnSession : RewindingSession;
  return new Session(name, object, world, images, tenancy, can, asksOutside);
}

/** As long as a saved trace takes. */
function identityOf({ identity = {} }: CowObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(identity).map(([key, value]) => [key.slice(0, 80), `${value}`.slice(0, 400)]),
  );
}

function leftOut(object: CowObject, asksOutside: boolean): readonly string[] {
  return [
    ...(asksOutside
      ? []
      : [
          'accesses outside of the pages are not asked, since read or write did not throw there: rule 12 says nothing about them',
        ]),
    ...(object.exec === undefined ? [] : ['the argument and environment of exec are not passed on']),
    'an endless loop cannot be interrupted in this process',
  ];
}

function dialectOf(object: CowObject): { dialect: Dialect; sources: DialectSources } {
  const dialect: Dialect = { ...DEFAULT_DIALECT, refusedAccess: 'signalled', ...object.dialect };
  const sources = Object.fromEntries(
    Object.keys(dialect).map(key => [
      key,
      Object.hasOwn(object.dialect ?? {}, key) ? 'declared by the object' : 'the default of defineTarget',
    ]),
  );
  return { dialect, sources: sources as unknown as DialectSources };
}

/** The bytes of every mapped page of every image, each its own copy. */
function imagesOf(world: World): readonly ImagePages[] {
  const layout = layoutFor(world);
  const contents = imageContents(world, layout);
  return contents.map((bytes, image) =>
    Array.from({ length: layout.pages }, (_, page) =>
      (layout.permissions[image]?.[page] ?? 0) === 0
        ? new Uint8Array(0)
        : bytes.slice(page * world.pageSize, (page + 1) * world.pageSize),
    ),
  );
}

/** Starts once to see what it shows of its pages, and whether it refuses addresses outside of them. */
async function probe(
  name: string,
  object: CowObject,
  world: World,
  images: readonly ImagePages[],
): Promise<{ inspects: Inspects; asksOutside: boolean }> {
  try {
    const first = await object.start(images[0] ?? [], world);
    const pages = await pagesOf(object, first);
    const sample = pages.find(page => page !== undefined && page !== null);
    const { pages: outside } = layoutFor(world);
    const reads = await throws(() => object.read(first, outside, 0, 1));
    const writes = await throws(() => object.write(first, outside, 0, new Uint8Array(1)));
    await object.stop?.();
    const inspects: Inspects = {
      ...INSPECTS_NOTHING,
      frame: object.frames !== undefined || object.inspect !== undefined,
      writable: sample?.writable !== undefined,
      exclusive: sample?.exclusive !== undefined,
      executable: sample?.executable !== undefined,
      copyOnWrite: sample?.copyOnWrite !== undefined,
      count: object.count !== undefined,
      free: object.count !== undefined,
      contents: object.contents !== undefined,
      totals: object.used !== undefined,
    };
    return { inspects, asksOutside: reads && writes };
  } catch (cause) {
    throw new RigError(
      'own-start',
      `${name}: it could not be started: ${told(cause)}`,
      'start(image, world) must return the first process; image holds the bytes of each page',
    );
  }
}

async function throws(act: () => unknown): Promise<boolean> {
  try {
    await act();
    return false;
  } catch {
    return true;
  }
}
