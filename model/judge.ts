// What every judgement needs: the reply under judgement, the reference, and what excuses or condemns a reply.
import type { Dialect } from '../spec/dialect.ts';
import * as law from '../spec/law.ts';
import type { Evidence, Judgement } from '../spec/law.ts';
import * as reply from '../spec/reply.ts';
import { REASONS, REPLY_NAMES } from '../spec/reply.ts';
import type { RuleId } from '../spec/rule.ts';
import type { Tape } from '../spec/tape.ts';
import * as transcript from '../spec/transcript.ts';
import type { Transcript } from '../spec/transcript.ts';
import * as rights from '../spec/world.ts';
import { digest } from '../spec/world.ts';
import { blame } from './blame.ts';
import { situation } from './situation.ts';
import type { Eager } from './reference/eager.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { BYTES, DIGEST, ENDED_KILLED, FOR_ACCESS, FOR_MEMORY, KILLED, REFUSED, SIGNALLED } = reply;
const { PRIVATE_FILE, SHARED, SHARED_FILE } = law;
const { INJECTED, REPLY_STRIDE } = transcript;
const { DIGEST_ABOVE, WRITE } = rights;

/** The reply in hand, unpacked. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Judge {
  reference!: Eager;
  rule: RuleId = 0;
  protected dialect!: Dialect;
  protected capacity: number | undefined;
  protected processes = 0;
  protected tape!: Tape;
  protected index = 0;
  protected seen!: Transcript;
  protected kind = 0;
  protected a = 0;
  protected b = 0;
  #scratch = new Uint8Array(0);

  /** Takes up reply `index`. */
  protected hear(tape: Tape, index: number, seen: Transcript): void {
    const at = index * REPLY_STRIDE;
    const { replies } = seen;
    if (this.tape !== tape) this.tape = tape;
    if (this.seen !== seen) this.seen = seen;
    this.index = index;
    this.kind = replies[at]!;
    this.a = replies[at + 1]!;
    this.b = replies[at + 2]!;
  }

  protected get c(): number {
    return this.seen.replies[this.index * REPLY_STRIDE + 3]!;
  }

  protected get injected(): boolean {
    return (this.seen.replies[this.index * REPLY_STRIDE + 4]! & INJECTED) !== 0;
  }

  /** The bytes of the reply against the reference. */
  protected bytes(by: number, page: number, offset: number, length: number, rule: RuleId): Judgement {
    const { reference } = this;
    if (reference.unsettled(reference.spaceOf[by]!, page, offset, length)) {
      if (length > DIGEST_ABOVE) return 'idle';
      this.#settle(reference.spaceOf[by]!, page, offset);
    }
    let source = reference.bytes;
    let place = reference.place(by, page, offset);
    if (offset + length > reference.pageSize) {
      if (this.#scratch.length < length) this.#scratch = new Uint8Array(length * 2);
      reference.copyOut(reference.spaceOf[by]!, page, offset, length, this.#scratch);
      source = this.#scratch;
      place = 0;
    }
    if (this.kind === BYTES && length <= DIGEST_ABOVE) {
      const { bytes } = this.seen;
      const start = this.a;
      let same = 0;
      if (this.b === length) while (same < length && bytes[start + same] === source[place + same]) same++;
      if (same === length) return 'held';
      const required = source.subarray(place, place + length);
      const found = bytes.subarray(start, start + this.b);
      return this.blame(by, page, offset, required, found, rule);
    }
    if (this.kind === DIGEST && length > DIGEST_ABOVE) {
      const required = digest(source, place, length);
      if (this.a === required) return 'held';
      return this.blame(by, page, offset, hexOf(required), hexOf(this.a), rule);
    }
    return this.unexpected(rule === 2 ? 11 : 13, length > DIGEST_ABOVE ? 'a digest' : `${length} bytes`);
  }

  /** What was read of pages that were freed lazily settles which of their bytes they have. */
  #settle(space: number, page: number, offset: number): void {
    const { pageSize } = this.reference;
    if (this.kind !== BYTES) return;
    for (let done = 0, p = page, from = offset; done < this.b; p++, from = 0) {
      const part = Math.min(this.b - done, pageSize - from);
      const start = this.a + done;
      this.reference.settle(space, p, from, this.seen.bytes.subarray(start, start + part));
      done += part;
    }
  }

  protected blame(
    by: number,
    page: number,
    offset: number,
    required: Uint8Array | string,
    found: Uint8Array | string,
    rule: RuleId,
  ): Evidence {
    const word = (ended: number): number => this.statusWord(ended);
    const evidence = blame(this.tape, this.index, this.seen, by, page, offset, required, found, rule, word);
    const entry = this.reference.spaceOf[by]! * this.reference.pages + page;
    const kind = this.reference.kind[entry];
    const freed = this.reference.lazy[entry] !== 0;
    this.rule = freed
      ? 20
      : kind === SHARED || kind === SHARED_FILE
        ? 5
        : kind === PRIVATE_FILE && evidence.rule === 1
          ? 7
          : evidence.rule;
    return { ...evidence, rule: this.rule };
  }

  /** How many bytes of the range, from its start, `by` may access; `orText`: or has in its image to read only. */
  protected reachable(
    by: number,
    page: number,
    offset: number,
    length: number,
    permission: number,
    orText = false,
  ): number {
    const { reference } = this;
    let reached = 0;
    for (let p = page; reached < length; p++) {
      if ((reference.permissionOf(by, p) & permission) === 0 && !(orText && reference.isText(by, p)))
        return reached;
      reached += reference.pageSize - (p === page ? offset : 0);
    }
    return length;
  }

  /** How many bytes of the range a kernel write may reach, where not all of it is writable. */
  protected kernelReaches(by: number, page: number, offset: number, length: number): number {
    return this.reachable(by, page, offset, length, WRITE, this.dialect.kernelWritesText);
  }

  protected refusedAccess(by: number, what: string): Judgement {
    this.rule = 12;
    const allowed = this.dialect.refusedAccess;
    if (this.kind === SIGNALLED && allowed !== 'killed') return 'held';
    // Who ran out of memory in an op whose access is bad anyway is dead either way.
    const died = this.a === FOR_ACCESS || (this.a === FOR_MEMORY && this.injected);
    if (this.kind === KILLED && died && allowed !== 'signalled') {
      this.reference.end(by, ENDED_KILLED);
      return 'held';
    }
    return this.unexpected(12, `the ${what} is refused: this process may not make it`);
  }

  /** A refusal for lack of memory, judged by rule 28; `dies` is who ends by it. */
  protected excused(needs: number, found: string, dies?: number): Judgement {
    const { dialect, reference } = this;
    const frames = reference.frames + needs + reference.strayPins(dialect.readPin === 'shares');
    // Who may copy a page of his own needs a frame before he gives the old one back.
    const spare = dialect.lastOwner === 'may-copy' ? 1 : 0;
    if (!this.injected && this.capacity !== undefined && frames + spare <= this.capacity)
      return this.against(
        28,
        `success: eager copying would hold ${frames} frames, and there is room for ${this.capacity}`,
        found,
      );
    if (dies !== undefined) {
      this.reference.end(dies, ENDED_KILLED);
      this.rule = 23;
    }
    return 'held';
  }

  protected must(kind: number, rule: RuleId): Judgement {
    return this.kind === kind ? 'idle' : this.unexpected(rule, REPLY_NAMES[kind]!);
  }

  protected unexpected(rule: RuleId, required: string): Evidence {
    const name = REPLY_NAMES[this.kind] ?? `reply ${this.kind}`;
    const why = this.kind === REFUSED || this.kind === KILLED ? ` (${REASONS[this.a] ?? '?'})` : '';
    return this.against(rule, required, name + why);
  }

  protected against(rule: RuleId, required: string, found: string): Evidence {
    this.rule = rule;
    const because = situation(this.tape, this.index, this.reference, this.capacity, this.injected);
    return { rule, required, found, because };
  }

  protected name(p: number): string {
    return this.tape.names[p] ?? 'nobody';
  }

  protected statusWord(ended: number): number {
    const plain = this.dialect.statusWord === 'plain';
    if (ended === ENDED_KILLED) return plain ? -1 : 9;
    return plain ? ended : ended << 8;
  }
}

export function hexOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** How a process ended, in words. */
export function ending(ended: number): string {
  return ended === ENDED_KILLED ? 'killed' : `status ${ended}`;
}
