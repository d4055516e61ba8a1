// What happens to a violation: it is put on disk, run again on fresh sessions, shrunk, and put on disk again.
import type { Advice, OpName } from '../spec/op.ts';
import { type Capabilities, RigError, type Target } from '../spec/target.ts';
import { type Finding, type Trace, traceOf } from '../spec/trace.ts';
import type { World } from '../spec/world.ts';
import { type Counterexample, Findings, type FindingsOptions } from './findings.ts';
import { Rig } from './rig.ts';
import { shrink } from './shrinking.ts';
import { callOf } from './sparing.ts';
import { idOf } from './store.ts';
import { defectOf, isUnnamed, kindOf, type Violation } from './verdict.ts';

export interface InvestigationOptions extends FindingsOptions {
  readonly target: Target;
  readonly seed: number;
  readonly inspect: 'full' | 'none';
  readonly shrinkTime: number;
  /** What the search keeps to. */
  readonly ops?: readonly OpName[];
  readonly advice?: readonly Advice[];
  readonly signal?: AbortSignal;
}

/** How often a violation is run again before it is believed. */
const AGAIN = 2;
/** After so many violations of one kind that did not come back, or came down to what was known, the kind is left alone. */
const PATIENCE = 3;

export class Investigation {
  /** Sentences about violations that did not come back: never a finding, never nothing. */
  readonly unconfirmed: string[] = [];
  readonly #options: InvestigationOptions;
  readonly #findings: Findings;
  /** Defects that are done with. */
  readonly #known = new Set<string>();
  readonly #unconfirmed = new Map<string, number>();
  /** How often a defect at one call and place came down to another, as one at the end of memory that does not need that. */
  readonly #cameDown = new Map<string, number>();

  constructor(options: InvestigationOptions, findings = new Findings(options)) {
    this.#options = options;
    this.#findings = findings;
  }

  get found(): readonly Counterexample[] {
    return this.#findings.all;
  }

  /** Is this defect done with: found, or doubted often enough? */
  knows(violation: Violation): boolean {
    const defect = defectOf(violation);
    return (
      this.#known.has(defect) ||
      (this.#unconfirmed.get(kindOf(violation)) ?? 0) >= PATIENCE ||
      (this.#cameDown.get(placed(violation)) ?? 0) >= PATIENCE
    );
  }

  /** A regression that fails again: reported as it is. */
  async known(path: string, violation: Violation, can: Capabilities): Promise<void> {
    const trace = this.#trace(violation, can, violation.tape.length, { times: 1, of: 1 });
    this.#add(violation, trace, path);
  }

  /**
   * Saves, confirms, shrinks and saves again; returns the shortest, or undefined if it did not come back. Throws RigError
   * if the rig fails before the violation is confirmed.
   */
  async investigate(violation: Violation, can: Capabilities, world: World): Promise<Violation | undefined> {
    const findings = this.#findings;
    const from = violation.tape.length;
    const first = this.#trace(violation, can, from, { times: 0, of: 0 });
    const draft = idOf(first);
    const path = findings.save(draft, first);
    const times = await this.#again(violation, world, path);
    if (times < AGAIN) {
      this.#doubt(violation, `came back ${times} of ${AGAIN} times`, path);
      return undefined;
    }
    const reproduced = { times, of: AGAIN };
    const best = await this.#shrunk(violation, world, better => {
      if (path !== '' && better.tape.length < from / 2)
        findings.save(draft, this.#trace(better, can, from, reproduced));
    });
    const defect = defectOf(violation);
    const isOther = defectOf(best) !== defect;
    const there = placed(violation);
    if (isOther) this.#cameDown.set(there, (this.#cameDown.get(there) ?? 0) + 1);
    if ((isOther && this.#known.has(defectOf(best))) || this.#hasNamed(best)) {
      if (!isOther) this.#known.add(defect);
      findings.forget(draft);
      return best;
    }
    const trace = this.#trace(best, can, from, reproduced);
    const id = idOf(trace);
    const file = findings.save(id, trace);
    if (file !== '' && id !== draft) findings.forget(draft);
    this.#add(best, trace, file === '' ? path : file);
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

  #add(violation: Violation, trace: Trace & { readonly finding: Finding }, file: string): void {
    this.#known.add(defectOf(violation));
    this.#findings.add(trace, { file });
  }

  #trace(
    violation: Violation,
    can: Capabilities,
    shrunkFrom: number,
    reproduced: Finding['reproduced'],
  ): Trace & { readonly finding: Finding } {
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

/** A defect, and where the guilty call went: it may do no harm there, and elsewhere. */
const placed = (violation: Violation): string =>
  `${defectOf(violation)}, ${callOf(violation.tape, violation.at)}`;

/** Does the same law break at the same op again? */
export async function repeats(rig: Rig, violation: Violation): Promise<boolean> {
  const outcome = await rig.run(violation.tape);
  return (
    outcome.verdict === 'violated' &&
    kindOf(outcome.violation) === kindOf(violation) &&
    outcome.violation.at === violation.at
  );
}
