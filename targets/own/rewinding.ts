// A session that can go back: on an object that has save and restore, and whose methods return at once.
import { layoutFor, type Tape } from '../../spec/tape.ts';
import { RigError, type Session } from '../../spec/target.ts';
import type { Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import type { OwnFamily } from './family.ts';
import { isRefused } from './object.ts';
import { OwnSession, told } from './session.ts';
import { isPromise, type Waiting } from './shown.ts';

/** Where to go back to: what the object saved, and who lived. */
export interface OwnMark {
  readonly saved: unknown;
  readonly family: OwnFamily<unknown>;
}

/** Every method throws RigError where the object returns a promise, or cannot be driven. */
export class RewindingSession extends OwnSession {
  /** Begins anew; `into` is told section 0. */
  begin(world: World, into: Transcript): void {
    this.family = undefined;
    const nothing: Tape = { world, names: [], words: new Int32Array(0), length: 0 };
    this.#atOnce(this.running(nothing, 'each', into));
  }

  /** Performs the ops of `tape` from where it stands. Throws TargetDied too. */
  step(tape: Tape, into: Transcript): void {
    this.#atOnce(this.running(tape, 'each', into));
  }

  save(): OwnMark {
    return { saved: this.#ask('save', () => this.object.save?.()), family: this.#family.copy() };
  }

  /** `into` is told all that it shows there, as section 0. */
  restore({ saved, family }: OwnMark, into: Transcript): void {
    this.#ask('restore', () => this.object.restore?.(saved));
    this.family = family.copy();
    this.shown.reset();
    if (this.shows) this.#atOnce(this.tell(this.#family, into, 'after restore'));
  }

  /** What each page of a living process reads: its bytes, or in words that it does not. */
  bytesOf(process: number, world: World): readonly (ArrayLike<number> | string)[] {
    const { object } = this;
    const living = this.#family.of(process);
    return Array.from({ length: layoutFor(world).pages }, (_, page) => {
      try {
        return this.#now('read', object.read(living, page, 0, world.pageSize)) as ArrayLike<number>;
      } catch (cause) {
        if (cause instanceof RigError) throw cause;
        return isRefused(cause) ? `refused: ${cause.why}` : 'threw';
      }
    });
  }

  /** Does the object itself say which states are one? */
  get isExact(): boolean {
    return this.object.fingerprint !== undefined;
  }

  /** The object's own word for all that it remembers, told of these processes in this order; undefined if it has none. */
  fingerprint(processes: readonly number[]): string | undefined {
    const { object } = this;
    if (object.fingerprint === undefined) return undefined;
    const text = this.#ask('fingerprint', () => object.fingerprint?.(processes.map(p => this.#family.of(p))));
    if (typeof text === 'string') return text;
    throw new RigError(
      'own-fingerprint',
      `${this.name}: fingerprint returned no text`,
      'return a string, such as JSON.stringify of what is remembered',
    );
  }

  get #family(): OwnFamily<unknown> {
    if (this.family === undefined) throw new RangeError('nothing has begun');
    return this.family;
  }

  #ask<T>(method: string, call: () => T): T {
    let value: T;
    try {
      value = call();
    } catch (cause) {
      throw new RigError(
        `own-${method}`,
        `${this.name}: ${method} failed: ${told(cause)}`,
        `${method} must work in every state that it can be in`,
      );
    }
    return this.#now(method, value);
  }

  #atOnce(work: Waiting<void>): void {
    for (const promise of work) this.#now('a method', promise);
  }

  #now<T>(method: string, value: T): T {
    if (!isPromise(value)) return value;
    // Nobody will ever ask what came of it.
    void Promise.resolve(value).catch(() => {});
    throw new RigError(
      'own-promise',
      `${this.name}: ${method} returned a promise, and states are explored with methods that return at once`,
      'let every method return its value itself; or leave out save and restore: then each history is run from its beginning',
    );
  }
}

/** Can it go back? One that another copy of this package made can too. */
export function goesBack(session: Session): session is RewindingSession {
  const { begin, step, save, restore } = session as Partial<RewindingSession>;
  return [begin, step, save, restore].every(method => typeof method === 'function');
}
