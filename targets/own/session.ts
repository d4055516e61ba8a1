// One world on an object of the user's: every op a call, every exception a refusal or a crash.
import * as op from '../../spec/op.ts';
import * as reply from '../../spec/reply.ts';
import { describeOp, layoutFor, STRIDE, type Tape, unpack } from '../../spec/tape.ts';
import {
  type Capabilities,
  type InspectWhen,
  RigError,
  type Session,
  TargetDied,
} from '../../spec/target.ts';
import { INJECTED, type Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { OwnFamily } from './family.ts';
import { type CowObject, type ImagePages, isRefused } from './object.ts';
import { answeredByLife, type Call, DEEDS, isOutside } from './ops.ts';
import { isPromise, OwnShown, type Waiting } from './shown.ts';

/** Who of the sessions of one object has it in use: there is one object, and one run at a time. */
export interface Tenancy {
  holder: OwnSession | undefined;
}

/** Milliseconds that a promise of the object's may take. A loop that never returns cannot be interrupted. */
const DEADLINE = 10_000;

export class OwnSession implements Session {
  readonly can: Capabilities;
  readonly name: string;
  protected readonly object: CowObject;
  readonly #world: World;
  readonly #images: readonly ImagePages[];
  readonly #tenancy: Tenancy;
  readonly #pages: number;
  readonly #asksOutside: boolean;
  protected readonly shown: OwnShown;
  protected family: OwnFamily<unknown> | undefined;

  constructor(
    name: string,
    object: CowObject,
    world: World,
    images: readonly ImagePages[],
    tenancy: Tenancy,
    can: Capabilities,
    asksOutside: boolean,
  ) {
    this.name = name;
    this.object = object;
    this.#world = world;
    this.#images = images;
    this.#tenancy = tenancy;
    this.can = can;
    this.#asksOutside = asksOutside;
    this.#pages = layoutFor(world).pages;
    this.shown = new OwnShown(object, this.#pages, world.pageSize);
  }

  async run(tape: Tape, inspect: InspectWhen, into: Transcript): Promise<void> {
    await settled(this.running(tape, inspect, into));
  }

  /** A run. Yields what is a promise, to be given what comes of it. */
  protected *running(tape: Tape, inspect: InspectWhen, into: Transcript): Waiting<void> {
    const shows = inspect !== 'none' && this.shows;
    const fresh = this.family === undefined;
    const family = (this.family ??= yield* this.#start());
    if (fresh && shows) yield* this.tell(family, into, 'after start');
    const last = tape.length - 1;
    for (let index = 0; index <= last; index++) {
      const done = this.#perform({
        object: this.object,
        family,
        images: this.#images,
        tape,
        into,
        at: index * STRIDE,
        pages: this.#pages,
      });
      if (isPromise(done)) yield done;
      if (shows && (inspect === 'each' || index === last))
        yield* this.tell(family, into, `after op ${index + 1}, ${describeOp(unpack(tape, index))}`);
    }
  }

  /** Does it show anything of its frames? */
  get shows(): boolean {
    return Object.values(this.can.inspects).includes(true);
  }

  async reset(): Promise<void> {
    this.family = undefined;
    this.shown.reset();
  }

  async close(): Promise<void> {
    if (this.#tenancy.holder === this) await moveOut(this.name, this.object, this.#tenancy);
    this.family = undefined;
  }

  /** Begins anew; whatever ran before, for whichever session, ends first. */
  *#start(): Waiting<OwnFamily<unknown>> {
    yield* movingOut(this.name, this.object, this.#tenancy);
    this.#tenancy.holder = this;
    this.shown.reset();
    try {
      const first = this.object.start(this.#images[0] ?? [], this.#world);
      return OwnFamily.of(isPromise(first) ? yield inTime(first) : first);
    } catch (cause) {
      throw new RigError(
        'own-start',
        `${this.name}: start failed: ${told(cause)}`,
        'start(image, world) must return the first process; image holds the bytes of each page',
      );
    }
  }

  protected *tell(family: OwnFamily<unknown>, into: Transcript, when: string): Waiting<void> {
    try {
      yield* this.shown.tell(family, into);
    } catch (cause) {
      throw new RigError(
        'own-inspection',
        `${this.name}: looking at its frames failed ${when}: ${told(cause)}`,
        'frames, inspect, count, held, contents and used must work for every process that fork returned and that has not ended',
      );
    }
  }

  #perform(call: Call): void | Promise<void> {
    const { into, tape, at } = call;
    const known = answeredByLife(call, this.#world.processes);
    if (known !== undefined) return into.reply(known, known === reply.REFUSED ? reply.FOR_PROCESSES : 0);
    if (isOutside(call) && !this.#asksOutside) return into.reply(reply.SIGNALLED);
    const deed = DEEDS[tape.words[at] ?? -1];
    if (deed === undefined)
      throw new RigError('own-op', `${this.name} has no such op`, 'use the ops it offers');
    if (tape.words[at] === op.EXEC && this.#images[tape.words[at + 2] ?? 0] === undefined)
      return into.reply(reply.REFUSED, reply.FOR_MISSING);
    let value: unknown;
    try {
      value = deed.call(call);
    } catch (cause) {
      return this.#refused(call, cause);
    }
    if (!isPromise(value)) return deed.told(call, value);
    return inTime(value).then(
      result => deed.told(call, result),
      (cause: unknown) => this.#refused(call, cause),
    );
  }

  /** An exception: the refusal it says it is; for an address outside any will do; else a crash. */
  #refused(call: Call, cause: unknown): void | Promise<void> {
    const { into, tape, at } = call;
    const code = tape.words[at] ?? -1;
    const refused = isRefused(cause) ? cause : undefined;
    if (refused === undefined) {
      if (isOutside(call)) return into.reply(reply.SIGNALLED);
      const index = at / STRIDE;
      throw new TargetDied(
        `${this.name} threw ${told(cause)} in op ${index + 1}, ${describeOp(unpack(tape, index))}; a refusal would be: throw new Refused('memory')`,
        index,
      );
    }
    const flags = refused.injected ? INJECTED : 0;
    if (code === op.READ_OP || code === op.WRITE_OP) {
      if (refused.why !== 'memory') return into.reply(reply.SIGNALLED, 0, 0, 0, flags);
      return this.#dies(call, flags);
    }
    if (refused.why === 'fault' || refused.why === 'access')
      return into.reply(reply.FAULT, code === op.KWRITE ? refused.stands : 0, 0, 0, flags);
    into.reply(reply.REFUSED, reply.REASONS.indexOf(refused.why), refused.stands, 0, flags);
  }

  /** There was no memory for a load or a store: the process cannot go on. */
  #dies({ family, into, tape, at }: Call, flags: number): void | Promise<void> {
    const number = tape.words[at + 1] ?? 0;
    const end = (): void => {
      family.end(number);
      into.reply(reply.KILLED, reply.FOR_MEMORY, 0, 0, flags);
    };
    const process = family.of(number);
    const gone = this.object.kill?.(process) ?? this.object.exit?.(process, 0);
    return isPromise(gone) ? inTime(gone).then(end) : end();
  }
}

/** Goes through with it, awaiting what is to be awaited. */
async function settled(steps: Waiting<void>): Promise<void> {
  let step = steps.next();
  while (step.done !== true) {
    let value: unknown;
    try {
      value = await step.value;
    } catch (cause) {
      step = steps.throw(cause);
      continue;
    }
    step = steps.next(value);
  }
}

/** The exception in one line. */
export function told(cause: unknown): string {
  if (!(cause instanceof Error)) return short(String(cause));
  const place = /\n\s+at (?!.*(?:node:|\/targets\/own\/))(.*)/.exec(cause.stack ?? '')?.[1];
  return `${short(`${cause.name}: ${cause.message}`)}${place === undefined ? '' : ` (at ${short(place)})`}`;
}

/** Text of the user's must fit into a saved trace. */
function short(text: string): string {
  return text.length > 800 ? `${text.slice(0, 800)}…` : text;
}

/** Whoever has the object leaves it stopped; nothing if nobody has. Throws RigError if `stop` throws or takes too long. */
export async function moveOut(name: string, object: CowObject, tenancy: Tenancy): Promise<void> {
  await settled(movingOut(name, object, tenancy));
}

function* movingOut(name: string, object: CowObject, tenancy: Tenancy): Waiting<void> {
  if (tenancy.holder === undefined) return;
  tenancy.holder = undefined;
  try {
    const stopped = object.stop?.();
    if (isPromise(stopped)) yield inTime(stopped);
  } catch (cause) {
    throw new RigError('own-stop', `${name}: stop failed: ${told(cause)}`, 'let stop() undo what start made');
  }
}

/** `value`, or a rejection if it does not come in time. */
async function inTime<T>(value: T | PromiseLike<T>): Promise<T> {
  if (!isPromise(value)) return value;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`a promise that was not settled within ${DEADLINE / 1000} s`)),
      DEADLINE,
    );
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
