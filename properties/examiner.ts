// Turns a transcript into moments and asks every invariant and witness about each.
import {
  type Evidence,
  type Invariant,
  type Judgement,
  type Moment,
  PRIVATE,
  PRIVATE_FILE,
  type ReadonlyReference,
  SHARED,
  UNMAPPED,
  type Witness,
} from '../spec/law.ts';
import * as op from '../spec/op.ts';
import { OP_NAMES, type OpName } from '../spec/op.ts';
import type { RuleId } from '../spec/rule.ts';
import { FORKED, REPLY_NAMES, type ReplyName } from '../spec/reply.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';
import { INJECTED, PRESENT, REPLY_STRIDE, type Transcript } from '../spec/transcript.ts';
import { READ, type World } from '../spec/world.ts';
import { Facts } from './facts.ts';
import { View } from './view.ts';

const REPLIES = REPLY_NAMES.length;
/** Numbers of relatives told apart: none, one, two, more. */
const RELATIVES = 4;
/** Facts that are premises, as bits; and how many combinations there are. */
const PREMISE_BIT = { inherited: 1, storable: 2, shared: 4, changed: 8 } as const;
const PREMISES = 16;

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
export class Examiner implements Moment {
  op: OpName = 'fork';
  code = 0;
  words: Int32Array = new Int32Array(0);
  at = 0;
  by = -1;
  reply = 0;
  a = 0;
  b = 0;
  injected = false;
  framesBefore = 0;
  inspected = false;
  drained = false;
  readonly before = { used: -1, tables: -1 };
  readonly dialect;
  readonly inspects;
  readonly capacity: number | undefined;
  readonly facts: Facts;
  readonly wrong: Int32Array;
  wrongCount = 0;
  reference!: ReadonlyReference;

  /** How often each rule's premise was there; in how many runs each witness turned up. */
  readonly #ruleHits = new Float64Array(64);
  readonly witnessHits: Float64Array;

  readonly #world: World;
  readonly #pages: number;
  readonly #pageWords: number;
  readonly #names: number;
  readonly #view: View;
  /** What to ask after each op and reply: `code * replies + reply`. */
  readonly #after: readonly (readonly Invariant[])[];
  /** Those of them that must be asked even if no page reads wrong. */
  readonly #loud: readonly (readonly Invariant[])[];
  /** How often each op had each reply with no page wrong, by number of relatives: hits that are yet to be booked. */
  readonly #quietTimes: Float64Array;
  readonly #witnesses: readonly Witness[];
  /** Which witnesses can be seen at each op and reply, a bit each. */
  readonly #witnessesAt: Int32Array;
  /** Witnesses that have not turned up in this run, a bit each. */
  #unseen = 0;
  readonly #everything: readonly Invariant[];
  /** The op at which a page was compared last, so that none is compared twice. */
  readonly #comparedAt: Int32Array;
  #epoch = 0;

  /** `invariants` and `witnesses`: those whose needs `can` fulfils; others are ignored. `names`: process numbers in use. */
  constructor(
    world: World,
    names: number,
    can: Capabilities,
    inspecting: boolean,
    invariants: readonly Invariant[],
    witnesses: readonly Witness[],
  ) {
    this.#world = world;
    this.#pages = layoutFor(world).pages;
    this.#pageWords = world.pageSize / 4;
    this.#names = names;
    this.#view = new View(this.#pages, names, this.#pageWords);
    this.dialect = can.dialect;
    this.inspects = can.inspects;
    this.capacity = can.frames;
    const usable = invariants.filter(
      invariant => offers(can, inspecting, invariant.needs) && (invariant.concerns?.(world) ?? true),
    );
    this.#everything = usable;
    this.#after = OP_NAMES.flatMap(name =>
      REPLY_NAMES.map(reply => usable.filter(one => speaks(one, name, reply))),
    );
    this.#loud = this.#after.map(all =>
      all.filter(one => one.quiet === undefined && one.drained === undefined),
    );
    this.#quietTimes = new Float64Array(this.#after.length * RELATIVES * PREMISES);
    this.#witnesses = witnesses.filter(witness => offers(can, inspecting, witness.needs));
    if (this.#witnesses.length > 31) throw new RangeError('more witnesses than bits');
    this.#witnessesAt = Int32Array.from(
      OP_NAMES.flatMap(name => REPLY_NAMES.map(reply => [name, reply] as const)),
      ([name, reply]) =>
        this.#witnesses.reduce((bits, { at, replies }, n) => {
          const possible = (at?.includes(name) ?? true) && (replies?.includes(reply) ?? true);
          return possible ? bits | (1 << n) : bits;
        }, 0),
    );
    this.witnessHits = new Float64Array(this.#witnesses.length);
    this.#comparedAt = new Int32Array(names * this.#pages);
    this.facts = new Facts(can.inspects);
    this.wrong = new Int32Array(3 * names * this.#pages);
  }

  get after(): View {
    return this.#view;
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
    this.#view.reset();
    if (seen !== undefined) this.#view.apply(seen, 0);
  }

  /** Before the oracle adopts the reply of the next op. */
  prepare(): void {
    this.framesBefore = this.reference.frames;
    this.before.used = this.#view.used;
    this.before.tables = this.#view.tables;
  }

  /** After the oracle allowed reply `index`. `section` is the log section of this op, NO_SECTION, or SHOWN if the view has it. */
  examine(tape: Tape, index: number, seen: Transcript, section: number): Breach | undefined {
    const at = index * STRIDE;
    const { words } = tape;
    this.words = words;
    this.at = at;
    const code = words[at]!;
    this.code = code;
    this.op = OP_NAMES[code]!;
    this.by = code === op.FAILALLOC ? -1 : words[at + 1]!;
    const reply = index * REPLY_STRIDE;
    const { replies } = seen;
    this.reply = replies[reply]!;
    this.a = replies[reply + 1]!;
    this.b = replies[reply + 2]!;
    this.injected = (replies[reply + 4]! & INJECTED) !== 0;
    this.inspected = section !== NO_SECTION;
    this.drained = this.reference.processes === 0;
    this.wrongCount = 0;
    if (section !== NO_SECTION) {
      if (section !== SHOWN) this.#view.apply(seen, section);
      this.facts.gather(this.#view, this.reference);
      if (this.inspects.contents) this.#compareTouched(code);
    }
    const key = code * REPLIES + this.reply;
    const { facts } = this;
    const objections = facts.gained & facts.lost & facts.sharedWritable & facts.miscounted;
    if (this.wrongCount > 0 || objections !== -1 || facts.fresh > 0 || this.drained)
      return this.#ask(this.#after[key]!);
    const relatives = this.reference.processes;
    const slot =
      (key * RELATIVES + (relatives < RELATIVES ? relatives : RELATIVES - 1)) * PREMISES +
      (facts.owned > 0 && this.reply === FORKED ? 1 : 0) +
      (facts.storable > 0 ? 2 : 0) +
      (facts.shared > 0 ? 4 : 0) +
      (this.#view.frameCount > 0 ? 8 : 0);
    this.#quietTimes[slot] = this.#quietTimes[slot]! + 1;
    return this.#ask(this.#loud[key]!);
  }

  /** Compares every page of every process and asks every invariant; after the last op of a run. */
  sweep(): Breach | undefined {
    if (!this.inspected || !this.inspects.contents) return undefined;
    this.wrongCount = 0;
    this.#epoch++;
    for (let p = 0; p < this.#names; p++) this.#compareAll(p);
    return this.wrongCount === 0 ? undefined : this.#ask(this.#after[this.code * REPLIES + this.reply]!);
  }

  #ask(invariants: readonly Invariant[]): Breach | undefined {
    for (let i = 0; i < invariants.length; i++) {
      const invariant = invariants[i]!;
      const judgement: Judgement = invariant.judge(this);
      if (judgement === 'idle') continue;
      if (judgement !== 'held') return { invariant: invariant.id, evidence: judgement };
      const { rules } = invariant;
      for (let r = 0; r < rules.length; r++) this.hit(rules[r]!);
    }
    const waiting = this.#unseen & this.#witnessesAt[this.code * REPLIES + this.reply]!;
    if (waiting !== 0) this.#look(waiting);
    return undefined;
  }

  /** Asks the witnesses in `waiting`, a bit each, that have not turned up in this run. */
  #look(waiting: number): void {
    for (let n = 0; n < this.#witnesses.length; n++) {
      if (((waiting >>> n) & 1) === 0 || !this.#witnesses[n]!.seenIn(this)) continue;
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
    this.#quietTimes.forEach((times, slot) => {
      if (times === 0) return;
      const bits = slot % PREMISES;
      const relatives = Math.floor(slot / PREMISES) % RELATIVES;
      for (const { quiet, premise, relatives: least = 0, rules } of this.#after[
        Math.floor(slot / PREMISES / RELATIVES)
      ]!) {
        if (quiet !== 'held' || relatives < least) continue;
        if (premise !== undefined && (bits & PREMISE_BIT[premise]) === 0) continue;
        for (const rule of rules) this.#ruleHits[rule] = this.#ruleHits[rule]! + times;
      }
    });
    this.#quietTimes.fill(0);
    return this.#ruleHits;
  }

  #compareTouched(code: number): void {
    const view = this.#view;
    const { by, words, at } = this;
    this.#epoch++;
    switch (code) {
      case op.WRITE_OP:
        this.#compareStored(by, words[at + 2]!, words[at + 2]!);
        break;
      case op.KWRITE:
      case op.WAIT: {
        const page = words[at + 2]!;
        if (page < 0) break;
        const length = code === op.WAIT ? 4 : words[at + 4]!;
        const last = page + (((words[at + 3]! + length - 1) / this.#world.pageSize) | 0);
        this.#compareStored(by, page, last);
        break;
      }
      case op.FORK:
      case op.CLONE:
      case op.VFORK:
        if (this.reply === FORKED) this.#compareAll(words[at + 2]!);
        break;
      case op.EXEC:
      case op.MMAP:
      case op.MUNMAP:
      case op.MPROTECT:
      case op.SBRK:
      case op.MADVISE:
        this.#compareAll(by);
        break;
    }
    // An entry that maps the frame it mapped before reads as before, unless those bytes changed.
    const { entries, entriesBefore, bitsBefore, bits, frame } = view;
    const marks = this.#comparedAt;
    const pages = this.#pages;
    const epoch = this.#epoch;
    for (let i = 0; i < view.entryCount; i++) {
      const entry = entries[i]!;
      if (frame[entry] === entriesBefore[i] && ((bits[entry]! ^ bitsBefore[i]!) & PRESENT) === 0) continue;
      const space = view.spaceAt[entry]!;
      const page = view.pageAt[entry]!;
      const user = view.processOf[space]!;
      if (user < 0 || (view.users[space] === 1 && marks[user * pages + page] === epoch)) continue;
      this.#compareUsers(space, page);
    }
    for (let i = 0; i < view.writtenCount; i++) this.#compareMappers(view.written[i]!);
  }

  /** Every page that maps `frame`; the view remembers one of them, mostly the only one. */
  #compareMappers(frame: number): void {
    const view = this.#view;
    const mapped = view.mapped[frame]!;
    if (mapped === 0) return;
    const mapper = view.mapper[frame]!;
    if (mapped === 1 && view.frame[mapper] === frame && (view.bits[mapper]! & PRESENT) !== 0) {
      const space = view.spaceAt[mapper]!;
      const page = view.pageAt[mapper]!;
      const done =
        view.users[space] === 1 &&
        this.#comparedAt[view.processOf[space]! * this.#pages + page] === this.#epoch;
      return done ? undefined : this.#compareUsers(space, page);
    }
    for (let p = 0; p < this.#names; p++) {
      const space = view.spaceOf[p]!;
      if (space < 0) continue;
      const first = space * this.#pages;
      for (let page = 0; page < this.#pages; page++)
        if (view.frame[first + page] === frame) this.#comparePages(p, page, page);
    }
  }

  /** `page` of `space`, for every process that uses it. */
  #compareUsers(space: number, page: number): void {
    const view = this.#view;
    const users = view.users[space]!;
    if (users === 0) return;
    if (users === 1) return this.#comparePages(view.processOf[space]!, page, page);
    for (let p = 0; p < this.#names; p++) if (view.spaceOf[p] === space) this.#comparePages(p, page, page);
  }

  /** Pages that `by` stored to; a shared page for everybody who maps it. */
  #compareStored(by: number, first: number, last: number): void {
    const { reference } = this;
    const pages = this.#pages;
    this.#comparePages(by, first, last);
    if (this.#world.spare?.map === undefined) return;
    const own = reference.spaceOf[by]! * pages;
    for (let page = first; page <= last && page < pages; page++) {
      if (own < 0 || reference.kind[own + page]! < SHARED) continue;
      const block = reference.where[own + page]!;
      for (let p = 0; p < this.#names; p++) {
        const space = reference.spaceOf[p]!;
        if (space < 0) continue;
        for (let q = 0; q < pages; q++)
          if (reference.where[space * pages + q] === block && reference.kind[space * pages + q] !== UNMAPPED)
            this.#comparePages(p, q, q);
      }
    }
  }

  #compareAll(process: number): void {
    this.#comparePages(process, 0, this.#pages - 1);
  }

  /** Compares pages with the reference and notes those in which a byte differs. */
  #comparePages(process: number, first: number, last: number): void {
    const { reference } = this;
    const required = reference.spaceOf[process]!;
    if (required < 0) return;
    const view = this.#view;
    const pages = this.#pages;
    const size = this.#pageWords;
    const marks = this.#comparedAt;
    const epoch = this.#epoch;
    const found = view.spaceOf[process]!;
    const { words, permission, where } = reference;
    const { contents } = view;
    for (let page = first; page <= last && page < pages; page++) {
      const mark = process * pages + page;
      if (marks[mark] === epoch) continue;
      marks[mark] = epoch;
      const entry = required * pages + page;
      if ((permission[entry]! & READ) === 0) continue;
      const seen = found * pages + page;
      const frame = found < 0 || (view.bits[seen]! & PRESENT) === 0 ? -1 : view.frame[seen]!;
      if (frame < 0) this.#compareAbsent(process, page, entry);
      else {
        const from = where[entry]! * size;
        const to = frame * size;
        for (let i = 0; i < size; i++) {
          if (words[from + i] === contents[to + i]) continue;
          this.#note(process, page, i * 4 + firstByte(words[from + i]! ^ contents[to + i]!));
          break;
        }
      }
    }
  }

  /** Not present is right only on a target that fills pages on touch, for a page that still reads as when it was mapped. */
  #compareAbsent(process: number, page: number, entry: number): void {
    const { reference } = this;
    const size = this.#pageWords;
    const kind = reference.kind[entry];
    if (this.dialect.zeroPages === 'present' || (kind === PRIVATE_FILE && reference.where[entry] === entry))
      return this.#note(process, page, 0);
    if (kind !== PRIVATE) return;
    for (let i = 0; i < size; i++)
      if (reference.words[entry * size + i] !== 0)
        return this.#note(process, page, i * 4 + firstByte(reference.words[entry * size + i]!));
  }

  #note(process: number, page: number, offset: number): void {
    const n = 3 * this.wrongCount++;
    this.wrong[n] = process;
    this.wrong[n + 1] = page;
    this.wrong[n + 2] = offset;
  }
}

/** Which byte of a word is the first that is not zero. */
function firstByte(word: number): number {
  return (31 - Math.clz32(word & -word)) >> 3;
}

function speaks(invariant: Invariant, name: OpName, reply: ReplyName): boolean {
  const { ops, replies } = invariant;
  if (ops !== undefined && !ops.includes(name)) return false;
  if (replies === undefined) return true;
  return Array.isArray(replies)
    ? replies.includes(reply)
    : ((replies as Partial<Record<OpName, readonly ReplyName[]>>)[name]?.includes(reply) ?? true);
}

function offers(
  can: Capabilities,
  inspecting: boolean,
  needs: readonly (keyof Capabilities['inspects'])[],
): boolean {
  return needs.length === 0 || (inspecting && needs.every(need => can.inspects[need]));
}
