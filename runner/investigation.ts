// What happens to a violation: it is put on disk, run again on fresh sessions, shrunk, and put on disk again.
import type { Advice, OpName } from '../spec/op.ts';
import { type Capabilities, RigError, type Target } from '../spec/target.ts';
import { type Finding, type Trace, traceOf } from '../spec/trace.ts';
import type { World } from '../spec/world.ts';
import { Rig } from './rig.ts';
import { shrink } from './shrinking.ts';
import { idOf, type Store, StoreError } from './store.ts';
import { defectOf, isUnnamed, kindOf, type Violation } from './verdict.ts';

/** A violation that came back when it was run again. */
export interface Counterexample {
  readonly id: string;
  readonly rule: number;
  readonly invariant: string;
  readonly ops: number;
  readonly shrunkFrom: number;
  /** Where it is saved; empty if it is not: there is no folder to write to, or no room in it. */
  readonly file: string;
  /** The command that shows it again. */
  readonly replay: string;
  readonly trace: Trace;
}

export interface InvestigationOptions {
  readonly target: Target;
  readonly seed: number;
  readonly inspect: 'full' | 'none';
  readonly shrinkTime: number;
  readonly store?: Store;
  /** What the search keeps to. */
  readonly ops?: readonly OpName[];
  readonly advice?: readonly Advice[];
  readonly signal?: AbortSignal;
  readonly onFound?: (counterexample: Counterexample) => void;
  /** Hears of a finding that could not be saved, and why. The search goes on. */
  readonly onUnsaved?: (trace: Trace, why: string) => void;
}

/** How often a violation is run again before it is believed. */
const AGAIN = 2;
/** After so many violations of one kind that did not come back, or came down to what was known, the kind is left alone. */
const PATIENCE = 3;

export class Investigation {
  readonly found: Counterexample[] = [];
  /** Sentences about violations that did not come back: never a finding, never nothing. */
  readonly unconfirmed: string[] = [];
  readonly #options: InvestigationOptions;
  /** Defects that are done with. */
  readonly #known = new Set<string>();
  readonly #unconfirmed = new Map<string, number>();
  /** How often a defect came down to another, as one at the end of memory that does not need that. */
  readonly #cameDown = new Map<string, number>();

  constructor(options: InvestigationOptions) {
    this.#options = options;
  }

  /** Is this defect done with: found, or doubted often enough? */
  knows(violation: Violation): boolean {
    const defect = defectOf(violation);
    return (
      this.#known.has(defect) ||
      (this.#unconfirmed.get(kindOf(violation)) ?? 0) >= PATIENCE ||
      (this.#cameDown.get(defect) ?? 0) >= PATIENCE
    );
  }

  /** A regression that fails again: reported as it is. */
  async known(path: string, violation: Violation, can: Capabilities): Promise<void> {
    const trace = this.#trace(violation, can, violation.tape.length, { times: 1, of: 1 });
    this.#add(violation, trace, idOf(trace), path);
  }

  /**
   * Saves, confirms, shrinks and saves again; returns the shortest, or undefined if it did not come back. Throws RigError
   * if the rig fails before the violation is confirmed.
   */
  async investigate(violation: Violation, can: Capabilities, world: World): Promise<Violation | undefined> {
    const { store } = this.#options;
    const from = violation.tape.length;
    const first = this.#trace(violation, can, from, { times: 0, of: 0 });
    const draft = idOf(first);
    const path = this.#save(draft, first);
    const times = await this.#again(violation, world, path);
    if (times < AGAIN) {
      this.#doubt(violation, `came back ${times} of ${AGAIN} times`, path);
      return undefined;
    }
    const reproduced = { times, of: AGAIN };
    const best = await this.#shrunk(violation, world, better => {
      if (path !== '' && better.tape.length < from / 2)
        this.#save(draft, this.#trace(better, can, from, reproduced));
    });
    const defect = defectOf(violation);
    const isOther = defectOf(best) !== defect;
    if (isOther) this.#cameDown.set(defect, (this.#cameDown.get(defect) ?? 0) + 1);
    if ((isOther && this.#known.has(defectOf(best))) || this.#hasNamed(best)) {
      if (!isOther) this.#known.add(defect);
      store?.forget(draft);
      return best;
    }
    const trace = this.#trace(best, can, from, reproduced);
    const id = idOf(trace);
    const file = this.#save(id, trace);
    if (file !== '' && id !== draft) store?.forget(draft);
    this.#add(best, trace, id, file === '' ? path : file);
    return best;
  }

  /** Is one known that differs from this in nothing but that its cause was seen? */
  #hasNamed(violation: Violation): boolean {
    if (!isUnnamed(violation)) return false;
    const kind = kindOf(violation);
    const call = defectOf(violation).slice(kind.length);
    return [...this.#known].some(one => one.startsWith(`${kind}/`) && one.endsWith(call));
  }

  /** How many of a few fresh runs break the same law at the same op. */
  async #again(violation: Violation, world: World, path: string): Promise<number> {
    const { target, inspect } = this.#options;
    try {
      const rig = await Rig.open(target, world, inspect === 'full' ? 'each' : 'none');
      try {
        let times = 0;
        for (let i = 0; i < AGAIN; i++) {
          rig.renew();
          if (await repeats(rig, violation)) times++;
        }
        return times;
      } finally {
        await rig.close();
      }
    } catch (cause) {
      if (cause instanceof RigError) this.#doubt(violation, 'could not be run again', path);
      throw cause;
    }
  }

  /** The shortest violation of the kind that time allows. What is confirmed stays a finding if the rig fails here. */
  async #shrunk(violation: Violation, world: World, save: (better: Violation) => void): Promise<Violation> {
    const { target, inspect, shrinkTime, signal, ops, advice } = this.#options;
    if (shrinkTime <= 0) return violation;
    let best = violation;
    const better = (one: Violation): void => {
      best = one;
      save(one);
    };
    try {
      const rig = await Rig.open(target, world, inspect === 'full' ? 'each' : 'none');
      try {
        await shrink(rig, violation, performance.now() + shrinkTime, better, () => signal?.aborted ?? false, {
          ...(ops === undefined ? {} : { ops }),
          ...(advice === undefined ? {} : { advice }),
          dear: target.limits?.dear === true,
        });
      } finally {
        await rig.close();
      }
    } catch (cause) {
      if (!(cause instanceof RigError)) throw cause;
    }
    return best;
  }

  #doubt(violation: Violation, what: string, path: string): void {
    const { evidence, invariant } = violation;
    const kind = kindOf(violation);
    this.#unconfirmed.set(kind, (this.#unconfirmed.get(kind) ?? 0) + 1);
    this.unconfirmed.push(
      `a violation of rule ${evidence.rule} (${invariant}) at op ${violation.at + 1} ${what}${path === '' ? '' : `; it is kept in ${path}`}`,
    );
  }

  /** Where `trace` is saved; empty if it cannot be. */
  #save(id: string, trace: Trace): string {
    try {
      return this.#options.store?.saveCrash(id, trace) ?? '';
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      this.#options.onUnsaved?.(trace, cause.message);
      return '';
    }
  }

  #add(violation: Violation, trace: Trace, id: string, file: string): void {
    this.#known.add(defectOf(violation));
    const counterexample: Counterexample = {
      id,
      rule: violation.evidence.rule,
      invariant: violation.invariant,
      ops: trace.ops.length,
      shrunkFrom: trace.finding?.shrunkFrom ?? trace.ops.length,
      file,
      replay: file === '' ? '' : `npx cowcheck replay ${file}`,
      trace,
    };
    this.found.push(counterexample);
    this.#options.onFound?.(counterexample);
  }

  #trace(
    violation: Violation,
    can: Capabilities,
    shrunkFrom: number,
    reproduced: Finding['reproduced'],
  ): Trace {
    const { evidence, invariant, at } = violation;
    return {
      ...traceOf(violation.tape),
      finding: {
        rule: evidence.rule,
        invariant,
        at,
        required: evidence.required,
        found: evidence.found,
        because: evidence.because,
        target: this.#options.target.name,
        identity: can.identity,
        seed: this.#options.seed,
        shrunkFrom,
        reproduced,
      },
    };
  }
}

/** Does the same law break at the same op again? */
export async function repeats(rig: Rig, violation: Violation): Promise<boolean> {
  const outcome = await rig.run(violation.tape);
  return (
    outcome.verdict === 'violated' &&
    kindOf(outcome.violation) === kindOf(violation) &&
    outcome.violation.at === violation.at
  );
}
