// Turns a transcript into moments and asks every invariant and witness about each.
import type { Evidence, Invariant, Judgement, Moment, ReadonlyReference, Witness } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import { OP_NAMES, type OpName } from '../spec/op.ts';
import type { RuleId } from '../spec/rule.ts';
import { FORKED } from '../spec/reply.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';
import { INJECTED, PRESENT, REPLY_STRIDE, type Transcript } from '../spec/transcript.ts';
import { READ, type World } from '../spec/world.ts';
import { View } from './view.ts';

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
  readonly wrong: Int32Array;
  wrongCount = 0;
  reference!: ReadonlyReference;

  /** How often each rule's premise was there; how often each witness turned up. */
  readonly ruleHits = new Float64Array(64);
  readonly witnessHits: Float64Array;

  readonly #world: World;
  readonly #pages: number;
  readonly #pageWords: number;
  readonly #names: number;
  readonly #view: View;
  readonly #byCode: readonly (readonly Invariant[])[];
  readonly #witnesses: readonly Witness[];
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
    const usable = invariants.filter(invariant => offers(can, inspecting, invariant.needs));
    this.#everything = usable;
    this.#byCode = OP_NAMES.map(name => usable.filter(invariant => invariant.ops?.includes(name) ?? true));
    this.#witnesses = witnesses.filter(witness => offers(can, inspecting, witness.needs));
    this.witnessHits = new Float64Array(this.#witnesses.length);
    this.#comparedAt = new Int32Array(names * this.#pages);
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

  /** Before the first op of a run; `seen` holds section 0 if there is an inspection. */
  begin(reference: ReadonlyReference, seen: Transcript, inspecting: boolean): void {
    this.reference = reference;
    this.inspected = false;
    this.#view.reset();
    if (inspecting) this.#view.apply(seen, 0);
  }

  /** Before the oracle adopts the reply of the next op. */
  prepare(): void {
    this.framesBefore = this.reference.frames;
    this.before.used = this.#view.used;
    this.before.tables = this.#view.tables;
  }

  /** After the oracle allowed reply `index`. `section` is the log section of this op, -1 for none. */
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
    this.inspected = section >= 0;
    this.drained = this.reference.processes === 0;
    this.wrongCount = 0;
    if (section >= 0) {
      this.#view.apply(seen, section);
      if (this.inspects.contents) this.#compareTouched(code);
    }
    return this.#ask(this.#byCode[code]!);
  }

  /** Compares every page of every process and asks every invariant; after the last op of a run. */
  sweep(): Breach | undefined {
    if (!this.inspected || !this.inspects.contents) return undefined;
    this.wrongCount = 0;
    this.#epoch++;
    for (let p = 0; p < this.#names; p++) this.#compareAll(p);
    return this.wrongCount === 0 ? undefined : this.#ask(this.#byCode[this.code]!);
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
    for (let i = 0; i < this.#witnesses.length; i++)
      if (this.#witnesses[i]!.seenIn(this)) this.witnessHits[i] = this.witnessHits[i]! + 1;
    return undefined;
  }

  /** Counts one more time that the premise of `rule` was there. */
  hit(rule: RuleId): void {
    this.ruleHits[rule] = this.ruleHits[rule]! + 1;
  }

  #compareTouched(code: number): void {
    const view = this.#view;
    const { by, words, at } = this;
    this.#epoch++;
    switch (code) {
      case op.WRITE_OP:
        this.#compare(by, words[at + 2]!);
        break;
      case op.KWRITE:
      case op.WAIT: {
        const page = words[at + 2]!;
        if (page < 0) break;
        const length = code === op.WAIT ? 4 : words[at + 4]!;
        const last = page + (((words[at + 3]! + length - 1) / this.#world.pageSize) | 0);
        for (let p = page; p <= last; p++) this.#compare(by, p);
        break;
      }
      case op.FORK:
      case op.CLONE:
      case op.VFORK:
        if (this.reply === FORKED) this.#compareAll(words[at + 2]!);
        break;
      case op.EXEC:
        this.#compareAll(by);
        break;
    }
    const { entries } = view;
    for (let i = 0; i < view.entryCount; i++) {
      const space = (entries[i]! / this.#pages) | 0;
      this.#compareInSpace(space, entries[i]! - space * this.#pages);
    }
    for (let i = 0; i < view.writtenCount; i++) this.#compareMappers(view.written[i]!);
  }

  /** Every page that maps `frame`; unless it is the one just compared. */
  #compareMappers(frame: number): void {
    const view = this.#view;
    if (view.mapped[frame] === 0) return;
    for (let p = 0; p < this.#names; p++) {
      const space = view.spaceOf[p]!;
      if (space < 0) continue;
      const first = space * this.#pages;
      for (let page = 0; page < this.#pages; page++)
        if (view.frame[first + page] === frame) this.#compare(p, page);
    }
  }

  #compareInSpace(space: number, page: number): void {
    for (let p = 0; p < this.#names; p++) if (this.#view.spaceOf[p] === space) this.#compare(p, page);
  }

  #compareAll(process: number): void {
    for (let page = 0; page < this.#pages; page++) this.#compare(process, page);
  }

  /** Compares one page with the reference and notes it if a byte differs. */
  #compare(process: number, page: number): void {
    if (page >= this.#pages) return;
    const mark = process * this.#pages + page;
    if (this.#comparedAt[mark] === this.#epoch) return;
    this.#comparedAt[mark] = this.#epoch;
    const { reference } = this;
    const view = this.#view;
    const required = reference.spaceOf[process]!;
    const found = view.spaceOf[process]!;
    if (required < 0) return;
    const entry = required * this.#pages + page;
    if ((reference.permission[entry]! & READ) === 0) return;
    const words = this.#pageWords;
    const from = entry * words;
    const frame =
      found < 0
        ? -1
        : (view.bits[found * this.#pages + page]! & PRESENT) === 0
          ? -1
          : view.frame[found * this.#pages + page]!;
    if (frame < 0) {
      // Not present: right only for a page that reads zero on a target that fills pages on touch.
      if (this.dialect.zeroPages === 'present') return this.#note(process, page, 0);
      for (let i = 0; i < words; i++)
        if (reference.words[from + i] !== 0) return this.#note(process, page, i * 4);
      return;
    }
    const to = frame * words;
    for (let i = 0; i < words; i++) {
      if (reference.words[from + i] === view.contents[to + i]) continue;
      return this.#note(process, page, i * 4);
    }
  }

  #note(process: number, page: number, offset: number): void {
    const n = 3 * this.wrongCount++;
    this.wrong[n] = process;
    this.wrong[n + 1] = page;
    this.wrong[n + 2] = offset;
  }
}

function offers(
  can: Capabilities,
  inspecting: boolean,
  needs: readonly (keyof Capabilities['inspects'])[],
): boolean {
  return needs.length === 0 || (inspecting && needs.every(need => can.inspects[need]));
}
