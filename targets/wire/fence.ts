// A hard bound on processes where the system offers one: a control group of a program's own, for root.
import { rmdirSync } from 'node:fs';

/** The old and the new hierarchy. Where neither can be written, nothing is bounded and nothing fails. */
const PLACES = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'];
const NAME = 'cowcheck-';
const TRIES = 50;

/** For a shell that is about to become the program: it joins a group that holds at most `processes`. */
export function fence(processes: number): string {
  const enter = `{ mkdir "$g" && [ -e "$g/pids.max" ] && echo ${processes} > "$g/pids.max" && echo $$ > "$g/cgroup.procs"; } 2>/dev/null`;
  return `for d in ${PLACES.join(' ')}; do g="$d/${NAME}$$"; if ${enter}; then break; else rmdir "$g" 2>/dev/null; fi; done`;
}

const left = new Set<number>();

/** Removes the group of the program that `pid` was; a group whose last process is still ending goes a little later. */
export function removeFence(pid: number): void {
  if (left.size === 0) process.once('exit', removeAll);
  left.add(pid);
  for (const one of left) if (isGone(one)) left.delete(one);
  if (left.size === 0) process.off('exit', removeAll);
}

function isGone(pid: number): boolean {
  return PLACES.every(place => {
    try {
      rmdirSync(`${place}/${NAME}${pid}`);
      return true;
    } catch (cause) {
      return (cause as NodeJS.ErrnoException).code !== 'EBUSY';
    }
  });
}

function removeAll(): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; left.size > 0 && tries < TRIES; tries++) {
    for (const pid of left) if (isGone(pid)) left.delete(pid);
    if (left.size > 0) Atomics.wait(clock, 0, 0, 10);
  }
}
