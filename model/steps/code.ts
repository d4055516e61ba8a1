// The routines of a kernel as one list of steps: where each begins, where it goes on, and what is called what.
import {
  TO_DISCARD,
  TO_EXEC,
  TO_EXIT,
  TO_FORK,
  TO_KWRITE,
  TO_PIN,
  TO_READ,
  TO_UNPIN,
  TO_WRITE,
} from '../../spec/interleaving.ts';
import { ROUTINES, type Routine, type Routines, type Step } from './step.ts';

/** Where the kernel begins for each op, and with what it ends if the way there is shared with others. */
const ROUTINE_OF: readonly (readonly [op: number, routine: Routine, tail?: Routine])[] = [
  [TO_READ, 'fault', 'userTail'],
  [TO_WRITE, 'fault', 'userTail'],
  [TO_KWRITE, 'kwrite', 'kwriteTail'],
  [TO_PIN, 'pin', 'pinTail'],
  [TO_UNPIN, 'unpin'],
  [TO_FORK, 'fork'],
  [TO_EXEC, 'exec'],
  [TO_EXIT, 'exit'],
  [TO_DISCARD, 'discard'],
];

/** The end of a routine. */
const RETURN: Step = { name: 'return', perform() {} };

/** A place is where a step is in the list; place 0 is user mode. Places fit into a byte. */
export class Code {
  readonly steps: readonly Step[];
  /** The names of all steps, and for each place which of them it is. */
  readonly names: readonly string[];
  readonly kinds: readonly number[];
  readonly #starts: ReadonlyMap<Routine, number>;
  readonly #begins = new Uint8Array(16);
  readonly #tails = new Uint8Array(16);
  readonly #firsts = new Uint8Array(16);
  readonly #lasts = new Uint8Array(16);

  constructor(routines: Routines) {
    const steps: Step[] = [RETURN];
    const starts = new Map<Routine, number>();
    for (const name of ROUTINES) {
      starts.set(name, steps.length);
      steps.push(...routines[name], RETURN);
    }
    if (steps.length > 255) throw new RangeError(`${steps.length} steps are more than fit into a byte`);
    this.steps = steps;
    this.#starts = starts;
    this.names = [...new Set(steps.filter(step => step !== RETURN).map(({ name }) => name))];
    this.kinds = steps.map(({ name }) => this.names.indexOf(name));
    for (const [op, routine, tail] of ROUTINE_OF) {
      const begin = this.start(routine);
      this.#begins[op] = begin;
      this.#tails[op] = tail === undefined ? 0 : this.start(tail);
      this.#firsts[op] =
        begin +
        Math.max(
          0,
          routines[routine].findIndex(step => step.first === true),
        );
      this.#lasts[op] = begin + routines[routine].length - 1;
    }
  }

  start(routine: Routine): number {
    return this.#starts.get(routine) ?? 0;
  }

  /** The first place of an op; the place where the turn of a page begins; its last. */
  begin(op: number): number {
    return this.#begins[op]!;
  }

  turn(op: number): number {
    return this.#firsts[op]!;
  }

  last(op: number): number {
    return this.#lasts[op]!;
  }

  /** Where an op goes on from here: here, or with its tail if a routine ends. */
  settle(place: number, op: number): number {
    return place !== 0 && this.steps[place] === RETURN ? this.#tails[op]! : place;
  }
}
