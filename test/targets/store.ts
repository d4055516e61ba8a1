// A store of ten lines as a user has it, and how the tests run a history on it.
import { type CowObject, defineTarget, type World } from '../../index.ts';
import type { InspectWhen, Session } from '../../spec/target.ts';
import { Transcript } from '../../spec/transcript.ts';
import { said, tape } from '../history.ts';

export const WORLD: World = {
  pageSize: 8,
  processes: 4,
  images: [
    { name: 'first', data: 2 },
    { name: 'second', data: 1 },
  ],
};

export interface Page {
  bytes: Uint8Array;
  count: number;
}
export interface Store {
  pages: Page[];
}

/** A store of ten lines; `more` replaces or adds methods. */
export function store(more: Partial<CowObject<Store, Page>> = {}): CowObject<Store, Page> {
  const at = (process: Store, page: number): Page => {
    const found = process.pages[page];
    if (found === undefined) throw new RangeError(`no page ${page}`);
    return found;
  };
  return {
    start: image => ({ pages: image.map(bytes => ({ bytes: bytes.slice(), count: 1 })) }),
    fork(parent) {
      for (const page of parent.pages) page.count++;
      return { pages: [...parent.pages] };
    },
    read: (process, page, offset, length) => at(process, page).bytes.subarray(offset, offset + length),
    write(process, page, offset, bytes) {
      let own = at(process, page);
      if (own.count > 1) {
        own.count--;
        own = { bytes: own.bytes.slice(), count: 1 };
        process.pages[page] = own;
      }
      own.bytes.set(bytes, offset);
    },
    exit(process) {
      for (const page of process.pages) page.count--;
    },
    ...more,
  };
}
export const shows: Partial<CowObject<Store, Page>> = {
  frames: process => process.pages,
  count: page => page.count,
  contents: page => page.bytes,
};

export async function replies(
  object: CowObject<Store, Page>,
  text: string,
  inspect: InspectWhen = 'none',
): Promise<readonly string[]> {
  const session = await defineTarget(object).open(WORLD);
  return run(session, text, inspect);
}

export async function run(
  session: Session,
  text: string,
  inspect: InspectWhen = 'none',
): Promise<readonly string[]> {
  const seen = new Transcript();
  const history = tape(WORLD, text);
  await session.run(history, inspect, seen);
  return Array.from({ length: seen.count }, (_, i) => said(seen, i, history.names));
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (cause) {
    return cause as Error;
  }
  throw new Error('it should have failed');
}
