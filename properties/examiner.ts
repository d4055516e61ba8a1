// Turns a transcript into moments and asks every invariant and witness about each.
import type { Evidence, Invariant, Judgement, Moment, ReadonlyReference, Witness } from '../spec/law.ts';
import * as ops from '../spec/op.ts';
import { hasActor, OP_NAMES, type OpName } from '../spec/op.ts';
import type { RuleId } from '../spec/rule.ts';
import * as replied from '../spec/reply.ts';
import { REPLY_NAMES } from '../spec/reply.ts';
import * as packed from '../spec/tape.ts';
import type { Tape } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';
import * as shown from '../spec/transcript.ts';
import type { Transcript } from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';
import { ANY, type Asked, type AskedWitness, type Inquiry, inquiryAfter, offers } from './asking.ts';
import { type Facts, some } from './facts.ts';
import { Comparison } from './comparison.ts';
import type { View } from './view.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { FORKED } = replied;
const { KILL, WRITE_OP } = ops;
const { STRIDE } = packed;
const { INJECTED, REPLY_STRIDE } = shown;

const REPLIES = REPLY_NAMES.length;
/** Does op `code` have an actor? */
const ACTS = Uint8Array.from(OP_NAMES, (_, code) => (hasActor(code) ? 1 : 0));
/** Numbers of relatives told apart: none, one, two, more. */
const RELATIVES = 4;
/** Facts that are premises, as bits; and how many combinations there are. */
const PREMISE_BIT = {
  inherited: 1,
  storable: 2,
  shared: 4,
  changed: 8,
  totalled: 16,
  thrifty: 32,
  clean: 64,
  gone: 128,
} as const;
const PREMISES = 256;

/** In place of a log section: there is none; the view shows it already. */
export const NO_SECTION = -1;
export const SHOWN = -2;

/** An invariant that found something. */
export interface Breach {
  readonly invariant: string;
  readonly evidence: Evidence;
}

/**
 * Incremental: after an op it compares the pages that the op should have changed and those that the target did change.
 * `sweep` compares everything, at the end of a run. Reused from run to run.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Examiner extends Comparison implements Moment {
  code = 0;
  a = 0;
  b = 0;
  #flags = 0;
  framesBefore = 0;
  inspected = false;
  drained = false;
  readonly before = { used: -1, tables: -1 };
  readonly inspects;
  readonly capacity: number | undefined;
  readonly facts: Facts;

  /** How often each rule's premise was there; in how many runs each witness turned up. */
  readonly #ruleHits = new Float64Array(64);
  readonly witnessHits: Float64Array;

  /** What to ask after each op and reply, `code * replies + reply`; made when it first comes. */
  readonly #inquiries: (Inquiry | undefined)[];
  readonly #witnesses: readonly Witness[];
  readonly #askedWitnesses: readonly AskedWitness[];
  /** Those that depend on pins. */
  readonly #pinWitnesses: number;
  /** Witnesses that have not turned up in this run, a bit each. */
  #unseen = 0;
  readonly #everything: readonly Invariant[];

  /** `invariants` and `witnesses`: those whose needs `can` fulfils; others are ignored. `names`: process numbers in use. */
  constructor(
    world: World,
    names: number,
    can: Capabilities,
    inspecting: boolean,
    invariants: readonly Invariant[],
    witnesses: readonly Witness[],
  ) {
    super(world, names, can.dialect, can.inspects);
    this.inspects = can.inspects;
    this.facts = this.view.facts;
    this.capacity = can.frames;
    const usable = invariants.filter(
      invariant =>
        offers(can, inspecting, invariant.needs) && (invariant.concerns?.(world, can.dialect) ?? true),
    );
    this.#everything = usable;
    this.#inquiries = new Array(OP_NAMES.length * REPLIES).fill(undefined);
    this.#witnesses = witnesses.filter(witness => offers(can, inspecting, witness.needs));
    this.#askedWitnesses = this.#witnesses.map(({ seenIn, bits = ANY, kept = ANY }) => ({
      seenIn,
      bits,
      kept,
    }));
    if (this.#witnesses.length > 31) throw new RangeError('more witnesses than bits');
    this.#pinWitnesses = this.#witnesses.reduce(
      (bits, witness, n) => (witness.while === 'pinned' ? bits | (1 << n) : bits),
      0,
    );
    this.witnessHits = new Float64Array(this.#witnesses.length);
  }

  get op(): OpName {
    return OP_NAMES[this.code]!;
  }

  get injected(): boolean {
    return (this.#flags & INJECTED) !== 0;
  }

  get after(): View {
    return this.view;
  }

  get witnesses(): readonly Witness[] {
    return this.#witnesses;
  }

  get invariants(): readonly Invariant[] {
    return this.#everything;
  }

  /** Before the first op of a run; `seen` holds section 0 if there is one to be read. */
  begin(reference: ReadonlyReference, seen?: Transcript): void {
    this.reference = reference;
    this.inspected = false;
    this.#unseen = (1 << this.#witnesses.length) - 1;
    this.view.reset();
    if (seen === undefined) return;
    this.view.apply(seen, 0);
    this.view.settle();
  }

  /** Before the oracle adopts the reply of the next op. */
  prepare(): void {
    this.framesBefore = this.reference.frames;
    this.before.used = this.view.used;
    this.before.tables = this.view.tables;
  }

  /** After the oracle allowed reply `index`. `section` is the log section of this op, NO_SECTION, or SHOWN if the view has it. */
  examine(tape: Tape, index: number, seen: Transcript, section: number): Breach | undefined {
    const at = index * STRIDE;
    const { words } = tape;
    const code = words[at]!;
    const heard = index * REPLY_STRIDE;
    const { replies } = seen;
    const reply = replies[heard]!;
    this.words = words;
    this.at = at;
    this.code = code;
    this.by = ACTS[code] === 1 ? words[at + 1]! : -1;
    this.reply = reply;
    this.a = replies[heard + 1]!;
    this.b = replies[heard + 2]!;
    this.#flags = replies[heard + 4]!;
    this.inspected = section !== NO_SECTION;
    if (section >= 0) this.view.apply(seen, section);
    if (section === NO_SECTION) this.wrongCount = 0;
    else this.examineSection(code);
    const key = code * REPLIES + reply;
    const inquiry = this.#inquiries[key] ?? this.#inquire(key);
    const { facts, view, reference } = this;
    const { processes: relatives, pins } = reference;
    const { fresh, stained } = facts;
    const objections = facts.gained & facts.lost & facts.barred & facts.sharedWritable & facts.miscounted;
    this.drained = relatives === 0 && pins === 0;
    if (this.wrongCount > 0 || objections !== -1 || view.used > reference.frames)
      return this.#ask(inquiry.objecting, inquiry);
    const { quietTimes: times } = inquiry;
    const spends =
      code === WRITE_OP && fresh === 1 && facts.sole === 0 && view.pinCount === 0 ? 0 : some(fresh);
    const stays = code === KILL || this.by < 0 ? 1 : (~view.spaceOf[this.by]! >>> 31) & 1;
    const missing = spends | (some(stained + 1) << 1) | (stays << 2);
    const premises =
      (reply === FORKED ? some(facts.owned) : 0) |
      (some(facts.storable) << 1) |
      (some(facts.shared) << 2) |
      (some(view.frameCount) << 3) |
      (some(view.used + 1) << 4) |
      ((missing ^ 7) << 5);
    const slot = premises * RELATIVES + (relatives < RELATIVES ? relatives : RELATIVES - 1);
    times[slot] = times[slot]! + 1;
    if (pins > 0 || reference.marked || this.drained) {
      const breach = this.#ask(this.drained ? inquiry.last : inquiry.special, inquiry);
      if (breach !== undefined) return breach;
    }
    const loud = inquiry.loud[missing];
    if (loud !== undefined) return this.#ask(loud, inquiry);
    const waiting = this.#unseen & inquiry.witnesses;
    if (waiting !== 0) this.#look(waiting);
    return undefined;
  }

  #inquire(key: number): Inquiry {
    const name = OP_NAMES[Math.floor(key / REPLIES)]!;
    const reply = REPLY_NAMES[key % REPLIES]!;
    const inquiry = inquiryAfter(this.#everything, this.#witnesses, name, reply, RELATIVES * PREMISES);
    this.#inquiries[key] = inquiry;
    return inquiry;
  }

  /** Compares every page of every process and asks every invariant; after the last op of a run. */
  sweep(): Breach | undefined {
    if (!this.inspected || !this.inspects.contents) return undefined;
    this.compareEverything();
    if (this.wrongCount === 0) return undefined;
    const key = this.code * REPLIES + this.reply;
    const inquiry = this.#inquiries[key] ?? this.#inquire(key);
    return this.#ask(inquiry.objecting, inquiry);
  }

  #ask(invariants: readonly Asked[] | undefined, { witnesses }: Inquiry): Breach | undefined {
    if (invariants !== undefined)
      for (let i = 0; i < invariants.length; i++) {
        const invariant = invariants[i]!;
        const judgement: Judgement = invariant.judge(this);
        if (judgement === 'idle') continue;
        if (judgement !== 'held') return { invariant: invariant.id, evidence: judgement };
        const { rules } = invariant;
        for (let r = 0; r < rules.length; r++) this.hit(rules[r]!);
      }
    const waiting = this.#unseen & witnesses;
    if (waiting !== 0) this.#look(waiting);
    return undefined;
  }

  /** Asks the witnesses in `waiting`, a bit each, that have not turned up in this run. */
  #look(waiting: number): void {
    const { bits, kept } = this.facts;
    let left = this.view.pinCount === 0 ? waiting & ~this.#pinWitnesses : waiting;
    for (; left !== 0; left &= left - 1) {
      const n = 31 - Math.clz32(left & -left);
      const asked = this.#askedWitnesses[n]!;
      if (
        (asked.bits !== ANY && (bits & asked.bits) === 0) ||
        (asked.kept !== ANY && (kept & asked.kept) === 0)
      )
        continue;
      if (!asked.seenIn(this)) continue;
      this.#unseen &= ~(1 << n);
      this.witnessHits[n] = this.witnessHits[n]! + 1;
    }
  }

  /** Counts one more time that the premise of `rule` was there. */
  hit(rule: RuleId): void {
    this.#ruleHits[rule] = this.#ruleHits[rule]! + 1;
  }

  /** How often each rule's premise was there. Books what the invariants that need not be asked have earned. */
  get ruleHits(): Float64Array {
    for (const inquiry of this.#inquiries) {
      if (inquiry === undefined) continue;
      inquiry.quietTimes.forEach((times, slot) => {
        if (times === 0) return;
        const bits = Math.floor(slot / RELATIVES);
        const there = slot % RELATIVES;
        for (const { quiet, premise, relatives = 0, rules } of inquiry.all) {
          if (quiet !== 'held' || there < relatives) continue;
          if (premise !== undefined && (bits & PREMISE_BIT[premise]) === 0) continue;
          for (const rule of rules) this.#ruleHits[rule] = this.#ruleHits[rule]! + times;
        }
      });
      inquiry.quietTimes.fill(0);
    }
    return this.#ruleHits;
  }
}
