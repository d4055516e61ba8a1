// What the sessions of one target have in common: the sites its programs named, and programs that wait for a session.
import type { Started } from './start.ts';

/** Milliseconds that a program waits for its next session. */
const PATIENCE = 2000;

export class Family {
  /** Allocation sites named so far. */
  readonly sites: string[] = [];
  readonly #keeps: boolean;
  readonly #idle: Started[] = [];

  /** `keeps`: programs wait for a next session. */
  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  /** Takes a program whose session is over. False: it is not kept, and has to be closed. */
  keepIdle(started: Started): boolean {
    const [program] = started;
    if (!this.#keeps || program.stop !== undefined) return false;
    this.#idle.push(started);
    program.holdsOpen(false);
    setTimeout(() => {
      const at = this.#idle.indexOf(started);
      if (at < 0) return;
      this.#idle.splice(at, 1);
      void program.close();
    }, PATIENCE).unref();
    return true;
  }

  /** A program that waits; undefined if none does. */
  takeIdle(): Started | undefined {
    for (let started = this.#idle.pop(); started !== undefined; started = this.#idle.pop())
      if (started[0].stop === undefined) {
        started[0].holdsOpen(true);
        return started;
      }
    return undefined;
  }
}
