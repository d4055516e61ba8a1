// How the law is asked: the oracle that judges replies, and the invariants and witnesses that judge moments.
import type { Dialect } from './dialect.ts';
import type { Inspects } from './inspection.ts';
import type { OpName } from './op.ts';
import type { ReplyName } from './reply.ts';
import type { RuleId } from './rule.ts';
import type { Tape } from './tape.ts';
import type { Capabilities } from './target.ts';
import type { Transcript } from './transcript.ts';
import type { Layout, World } from './world.ts';

/** Life of a process. */
export const NONE = 0;
export const ALIVE = 1;
export const ZOMBIE = 2;

/** Kinds of mapping of a page. */
export const UNMAPPED = 0;
/** Anonymous and private: data, bss, heap, stack, private mappings. */
export const PRIVATE = 1;
/** Text and read-only data of the image. */
export const IMAGE = 2;
export const PRIVATE_FILE = 3;
export const SHARED = 4;
export const SHARED_FILE = 5;
/** What becomes of a page at fork, as bits: a copy; nothing (DONTFORK), which comes first; zeros (WIPEONFORK). */
export const INHERITED = 0;
export const NOT_INHERITED = 1;
export const WIPED = 2;

/**
 * What a lazily freed page may read instead of its bytes, as bits: zeros at any time from now on; what `alternative`
 * holds, since it was stored to before anybody saw whether it had been taken; anything, until it is stored to as a whole.
 */
export const MAYBE_ZERO = 1;
export const MAYBE_OTHER = 2;
export const UNKNOWN = 4;
/** Beside those, or alone: it was freed lazily, and since then was stored to or seen to be taken; no more of that is to come. */
export const SETTLED = 8;

/** The kind that each packed value of `mapping` makes: private, shared, private-file, shared-file. */
export const MAPPING_KINDS = [PRIVATE, SHARED, PRIVATE_FILE, SHARED_FILE] as const;

/**
 * Eager copying, as invariants may see it. Processes by number, memory by space (vfork shares one); all arrays flat.
 * `bytes` and `words` are the same memory; page p of space s is entry s * pages + p and starts at byte where[entry] * pageSize.
 */
export interface ReadonlyReference {
  readonly world: World;
  readonly layout: Layout;
  readonly state: Readonly<Uint8Array>;
  /** Process number of the parent; -1 is init. */
  readonly parent: Readonly<Int32Array>;
  /** -1 for a process without memory. */
  readonly spaceOf: Readonly<Int32Array>;
  /** The vfork child this process waits for; -1 none. */
  readonly suspendedBy: Readonly<Int32Array>;
  readonly image: Readonly<Int32Array>;
  /** READ | WRITE | EXECUTE per page, `space * pages + page`. */
  readonly permission: Readonly<Uint8Array>;
  /** UNMAPPED, PRIVATE … per entry. */
  readonly kind: Readonly<Uint8Array>;
  readonly where: Readonly<Int32Array>;
  readonly bytes: Readonly<Uint8Array>;
  readonly words: Readonly<Int32Array>;
  /** Data frames eager copying holds now. */
  readonly frames: number;
  /** Processes alive or zombie. */
  readonly processes: number;
  /** Has any page been marked since the start, and NOT_INHERITED and WIPED, or INHERITED, per entry. */
  readonly marked: boolean;
  readonly inherit: Readonly<Uint8Array>;
  /** MAYBE_ZERO … per entry, 0 for nearly all; and the alternative bytes, at `entry * pageSize`. */
  readonly lazy: Readonly<Uint8Array>;
  readonly alternative: Readonly<Uint8Array>;
  /** Pins in use; and for each handle the block it refers to (-1: not in use), the entry it was made at, and its access. */
  readonly pins: number;
  readonly pinBlock: Readonly<Int32Array>;
  readonly pinEntry: Readonly<Int32Array>;
  readonly pinAccess: Readonly<Uint8Array>;
  /** Does the entry it was made at still map the page of pin `handle`? Are the bytes of that page anybody's guess? */
  pinOwned(handle: number): boolean;
  pinUnsettled(handle: number): boolean;
  /** Pins that may hold a frame of their own beside the page: of pages freed lazily, and loads that share on if `sharing`. */
  strayPins(sharing: boolean): number;
}

/** Why an observation breaks a rule, as data. `required` and `found` are short phrases for the report. */
export interface Evidence {
  readonly rule: RuleId;
  /** The invariant, where it is not the one that was asked. */
  readonly invariant?: string;
  readonly required: string;
  readonly found: string;
  /** One or two sentences: what happened to which frame. */
  readonly because: string;
  /** What did it, where the target tells: a panic's words. Findings that differ here are two. */
  readonly culprit?: string;
}

/** `held`: the premise was there and the rule kept. `idle`: nothing to judge. */
export type Judgement = Evidence | 'held' | 'idle';

/** The reference turned into a judge of observed replies. It does not predict: it allows or forbids, and adopts what it allows. */
export interface Oracle {
  readonly reference: ReadonlyReference;
  reset(
    world: World,
    names: number,
    dialect: Dialect,
    frames: number | undefined,
    processes: number | undefined,
  ): void;
  /** Judges reply `index` of `seen` to op `index` of `tape`. After Evidence the oracle must be reset. */
  judge(tape: Tape, index: number, seen: Transcript): Judgement;
  /** The rule the last judgement was about. */
  readonly rule: RuleId;
}

/** What the target has shown of itself so far: the last known value of everything inspected. -1 is unknown. */
export interface ReadonlyView {
  /** Space token of each process, -1 without memory. */
  readonly spaceOf: Readonly<Int32Array>;
  /** A process that uses each space; -1 for none. */
  readonly processOf: Readonly<Int32Array>;
  /** Frame of each entry, `space * pages + page`; -1 where absent or unknown. */
  readonly frame: Readonly<Int32Array>;
  /** PRESENT, WRITABLE … per entry. */
  readonly bits: Readonly<Uint8Array>;
  readonly count: Readonly<Int32Array>;
  readonly free: Readonly<Int32Array>;
  readonly held: Readonly<Int32Array>;
  /** Entries that map the frame, counted here; and how many of those are writable. */
  readonly mapped: Readonly<Int32Array>;
  readonly writers: Readonly<Int32Array>;
  readonly contents: Readonly<Int32Array>;
  /** Frame of each pin, -1: not in use; how many are; and how many refer to each frame. */
  readonly pinFrame: Readonly<Int32Array>;
  readonly pinCount: number;
  readonly pinned: Readonly<Int32Array>;
  readonly used: number;
  readonly tables: number;
  readonly faults: number;
  /** Space and page of every entry. */
  readonly spaceAt: Readonly<Int32Array>;
  readonly pageAt: Readonly<Int32Array>;
  /** Entries that changed with the last op, and the frame and bits each had before. */
  readonly entries: Readonly<Int32Array>;
  readonly entriesBefore: Readonly<Int32Array>;
  readonly bitsBefore: Readonly<Uint8Array>;
  readonly entryCount: number;
  /** Frames whose count, state, bytes or mapping changed, with count and mapping before. */
  readonly frames: Readonly<Int32Array>;
  readonly countsBefore: Readonly<Int32Array>;
  readonly mappedBefore: Readonly<Int32Array>;
  readonly frameCount: number;
  /** Frames whose bytes changed. */
  readonly written: Readonly<Int32Array>;
  readonly writtenCount: number;
}

/** What one pass over the changes of an op finds. Indexes are into the lists of changes of the view; -1: there is none. */
export interface ReadonlyFacts {
  /** Changed entries that are present and somebody's; those of them that their owner may store to. */
  readonly owned: number;
  readonly storable: number;
  /** The first that lets its owner do what it may not; the first that bars a store its owner may make. */
  readonly gained: number;
  readonly lost: number;
  /** The first from which its owner may execute and no longer can. */
  readonly barred: number;
  /** Frames that are mapped now and were not before. */
  readonly fresh: number;
  /** Most entries that map one of the changed frames; the same among those that nothing else holds. */
  readonly mostMappings: number;
  readonly mostUnheldMappings: number;
  /** Changed frames with two holders or more; the first of them that has a writable entry. */
  readonly shared: number;
  readonly sharedWritable: number;
  /** The first whose count is not that of its holders, or that is free with holders or in use without. */
  readonly miscounted: number;
  /** The first written frame that something beside entries and pins holds. */
  readonly stained: number;
  /** All bits that changed entries have or had. */
  readonly bits: number;
  /** Bits gained by entries of somebody's that kept their frame. */
  readonly kept: number;
}

/** One op and what came of it. Reused from op to op: nothing may keep it. */
export interface Moment {
  readonly op: OpName;
  readonly code: number;
  /** The packed op: word w is `words[at + w]`. */
  readonly words: Readonly<Int32Array>;
  readonly at: number;
  /** Process number of the actor; -1 for none. */
  readonly by: number;
  /** Packed reply kind and operands. */
  readonly reply: number;
  readonly a: number;
  readonly b: number;
  readonly injected: boolean;
  /** How many frames eager copying held before this op. */
  readonly framesBefore: number;
  readonly reference: ReadonlyReference;
  readonly dialect: Dialect;
  readonly inspects: Inspects;
  /** Is there an inspection after this op? */
  readonly inspected: boolean;
  readonly after: ReadonlyView;
  readonly before: { readonly used: number; readonly tables: number };
  /** Capacity in data frames, if declared. */
  readonly capacity: number | undefined;
  readonly facts: ReadonlyFacts;
  /** Pages whose bytes differ from the reference: process, page, and offset of the first wrong byte. */
  readonly wrong: Readonly<Int32Array>;
  readonly wrongCount: number;
  /** Are all processes and pins gone (the end of a drain)? */
  readonly drained: boolean;
}

/** A predicate over moments. It names its rules and the parts of an inspection it cannot do without. */
export interface Invariant {
  /** `room.fact`, stable: saved traces and mutant cards name it. */
  readonly id: string;
  readonly rules: readonly RuleId[];
  readonly needs: readonly (keyof Inspects)[];
  /** Ops after which it has something to say; absent: all. */
  readonly ops?: readonly OpName[];
  /** Replies after which it has something to say, of any op or of each; absent: all. */
  readonly replies?: readonly ReplyName[] | Readonly<Partial<Record<OpName, readonly ReplyName[]>>>;
  /**
   * Its judgement in a quiet moment (no page reads wrong, no fact objects), given the right op, reply, relatives and
   * `premise`; then it need not be asked. Absent: it must be asked every time.
   */
  readonly quiet?: 'held' | 'idle';
  /**
   * The fact without which it is idle in a quiet moment: entries inherited by a fork, entries that may be stored to, a
   * shared frame, a changed one, a known total. `thrifty`: it is quiet only if no frame is new, or a write took one for a
   * page that it shared; `clean`: only if no frame was written that is stained; `gone`: only if the op is no kill and its
   * process is shown without memory. They are asked otherwise.
   */
  readonly premise?:
    | 'inherited'
    | 'storable'
    | 'shared'
    | 'changed'
    | 'totalled'
    | 'thrifty'
    | 'clean'
    | 'gone';
  /** It speaks only while pins are in use, or while pages are marked for fork. */
  readonly while?: 'pinned' | 'marked';
  /** Processes there must be, alive or zombie, for its premise. Only with `quiet`. */
  readonly relatives?: number;
  /** It speaks only when all processes are gone. */
  readonly drained?: true;
  /** Can its premise come about in such a world, with such a dialect, at all? Absent: yes. */
  concerns?(world: World, dialect: Dialect): boolean;
  /** Can its premise come about on such a target at all? Absent: yes. */
  reachable?(can: Capabilities): boolean;
  readonly judge: (moment: Moment) => Judgement;
}

/** Something that must turn up in a search for "held" to mean anything. */
export interface Witness {
  readonly id: string;
  readonly needs: readonly (keyof Inspects)[];
  /** Ops without which it cannot turn up. */
  readonly ops: readonly OpName[];
  /** Without it a search has shown nothing; the others are reported, and count only under `--require all`. */
  readonly essential: boolean;
  /** Ops at which it can be seen, and replies; absent: all. */
  readonly at?: readonly OpName[];
  readonly replies?: readonly ReplyName[];
  /** Bits one of which a changed entry must have or have had; or must have gained while it kept its frame. */
  readonly bits?: number;
  readonly kept?: number;
  /** It can be seen only while pins are in use. */
  readonly while?: 'pinned';
  readonly seenIn: (moment: Moment) => boolean;
}

/** Where tapes come from: random, regressions, a file, an exhaustive walk. */
export interface Source {
  next(): Tape | undefined;
  learn?(tape: Tape, violated: boolean): void;
}
