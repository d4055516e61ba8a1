// What the tests of the Linux target share: a world, sessions that end with their test, and who is left in /proc.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { layoutFor } from '../../spec/tape.ts';
import type { InspectWhen, Session } from '../../spec/target.ts';
import { Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { type LinuxOptions, linuxTarget } from '../../targets/linux/target.ts';
import { said, tape } from '../history.ts';

export const WORLD: World = {
  pageSize: 4096,
  processes: 5,
  images: [
    { name: 'first', text: 1, rodata: 1, data: 2, bss: 1, heap: 1, stack: 1 },
    { name: 'second', text: 1, data: 1, bss: 1, stack: 1 },
  ],
};
/** With room to map something. */
export const ROOMY: World = {
  pageSize: 4096,
  processes: 4,
  images: [
    { name: 'first', text: 1, rodata: 1, data: 1, bss: 1, heap: 1, stack: 1 },
    { name: 'second', text: 1, data: 1, heap: 1, stack: 1 },
  ],
  spare: { heap: 2, map: 3 },
};
export const DATA = layoutFor(WORLD).start.data;
export const PAGES = layoutFor(WORLD).pages;

export const isRoot = process.getuid?.() === 0;
export const missing =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : spawnSync(process.env['CC'] ?? 'cc', ['--version']).error !== undefined
      ? 'there is no C compiler; to run them: apt-get install gcc libc6-dev'
      : undefined;
if (missing !== undefined) console.warn(`the tests of the linux target are skipped: ${missing}`);
else if (!isRoot) console.warn('the tests of frames are skipped: run as root to see frame numbers');

export const cache = mkdtempSync(join(tmpdir(), 'cowcheck-test-'));
chmodSync(cache, 0o755); // the unprivileged tests run the agent from here
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const open: Session[] = [];
afterEach(async () => {
  for (const session of open.splice(0)) await session.close();
});

/** A session that ends with the test. */
export async function opened(
  options: LinuxOptions = {},
  variant?: 'shared-arena',
  world = WORLD,
): Promise<Session> {
  const session = await linuxTarget(variant, { cache, ...options }).open(world);
  open.push(session);
  return session;
}

/** Runs `text` on a fresh session; returns the replies in words. */
export async function replies(text: string, world = WORLD): Promise<readonly string[]> {
  return (await ran(await opened({}, undefined, world), text, 'none', world))[0];
}

/** Replies in words, and the transcript. */
export async function ran(
  session: Session,
  text: string,
  inspect: InspectWhen,
  world = WORLD,
): Promise<readonly [readonly string[], Transcript]> {
  const seen = new Transcript();
  const history = tape(world, text);
  await session.run(history, inspect, seen);
  return [Array.from({ length: seen.count }, (_, i) => said(seen, i, history.names)), seen];
}

/** Processes whose program lies in our cache directory: agents, by their number. */
export function agents(): readonly string[] {
  return readdirSync('/proc').filter(pid => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`).startsWith(cache);
    } catch {
      return false;
    }
  });
}

/** Waits until two looks in a row find nobody: a look at /proc can miss a process that is just being made. */
export async function untilNoAgents(): Promise<readonly string[]> {
  let found = agents();
  for (let tries = 0, calm = 0; tries < 100 && calm < 2; tries++) {
    await new Promise(resolve => setTimeout(resolve, 20));
    found = agents();
    calm = found.length === 0 ? calm + 1 : 0;
  }
  return found;
}
