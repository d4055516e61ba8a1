// What happens to a violation: it is put on disk, run again on fresh sessions, shrunk, and put on disk again.
import type { Capabilities, Target } from '../spec/target.ts';
import { type Finding, type Trace, traceOf } from '../spec/trace.ts';
import type { World } from '../spec/world.ts';
import { Rig } from './rig.ts';
import { shrink } from './shrinking.ts';
import { idOf, type Store } from './store.ts';
import { signature, type Violation } from './verdict.ts';

/** A violation that came back when it was run again. */
export interface Counterexample {
  readonly id: string;
  readonly rule: number;
  readonly invariant: string;
  readonly ops: number;
  readonly shrunkFrom: number;
  /** Where it is saved; empty if the search has no folder to write to. */
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
  readonly signal?: AbortSignal;
  readonly onFound?: (counterexample: Counterexample) => void;
}

/** How often a violation is run again before it is believed. */
const AGAIN = 2;

export class Investigation {
  readonly found: Counterexample[] = [];
  /** Sentences about violations that did not come back: never a finding, never nothing. */
  readonly unconfirmed: string[] = [];
  readonly #options: InvestigationOptions;
  readonly #known = new Set<string>();

  constructor(options: InvestigationOptions) {
    this.#options = options;
  }

  knows(name: string): boolean {
    return this.#known.has(name);
  }

  /** A regression that fails again: reported as it is. */
  async known(path: string, violation: Violation, can: Capabilities): Promise<void> {
    const trace = this.#trace(violation, can, violation.tape.length, { times: 1, of: 1 });
    this.#add(violation, trace, idOf(trace), path);
  }

  /** Saves, confirms, shrinks and saves again. */
  async investigate(violation: Violation, can: Capabilities, world: World): Promise<void> {
    const { target, store, shrinkTime, signal, inspect } = this.#options;
    const from = violation.tape.length;
    const first = this.#trace(violation, can, from, { times: 0, of: 0 });
    const draft = idOf(first);
    const path = store?.saveCrash(draft, first) ?? '';
    this.#known.add(signature(violation));
    const rig = await Rig.open(target, world, inspect === 'full' ? 'each' : 'none');
    try {
      let times = 0;
      for (let i = 0; i < AGAIN; i++) if (await repeats(rig, violation)) times++;
      if (times < AGAIN) {
        this.unconfirmed.push(
          `a violation of rule ${violation.evidence.rule} (${violation.invariant}) came back ${times} of ${AGAIN} times${path === '' ? '' : `; it is kept in ${path}`}`,
        );
        return;
      }
      const reproduced = { times, of: AGAIN };
      let best = violation;
      if (shrinkTime > 0) {
        const save = (better: Violation): void => {
          best = better;
          if (store !== undefined && better.tape.length < from / 2)
            store.saveCrash(draft, this.#trace(better, can, from, reproduced));
        };
        const deadline = performance.now() + shrinkTime;
        best = (await shrink(rig, violation, deadline, save, () => signal?.aborted ?? false)).violation;
      }
      const trace = this.#trace(best, can, from, reproduced);
      const id = idOf(trace);
      const file = store?.saveCrash(id, trace) ?? '';
      if (id !== draft) store?.forget(draft);
      this.#add(best, trace, id, file);
    } finally {
      await rig.close();
    }
  }

  #add(violation: Violation, trace: Trace, id: string, file: string): void {
    this.#known.add(signature(violation));
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
    signature(outcome.violation) === signature(violation) &&
    outcome.violation.at === violation.at
  );
}
