// The COW model: what each op does to the process that asks, and what it replies.
import * as law from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import * as reply from '../../spec/reply.ts';
import * as transcript from '../../spec/transcript.ts';
import type { Transcript } from '../../spec/transcript.ts';
import * as world from '../../spec/world.ts';
import { digest } from '../../spec/world.ts';
import * as outcomes from './faults.ts';
import { Processes } from './processes.ts';
import * as spaces from './spaces.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { ALIVE, NONE, ZOMBIE } = law;
const { MADVISE, MMAP, MPROTECT, MREMAP, MUNMAP, PIN_READ, SBRK, UNPIN } = op;
const {
  ABSENT,
  BYTES,
  DIGEST,
  ENDED_KILLED,
  EXECUTED,
  FAULT,
  FORKED,
  FOR_ACCESS,
  FOR_MEMORY,
  FOR_MISSING,
  FOR_PROCESSES,
  FOR_RANGE,
  KILLED,
  NO_CHILD,
  OK,
  REAPED,
  REFUSED,
  RUNNING,
  TAKEN,
} = reply;
const { INJECTED, SITE_SHIFT } = transcript;
const { DIGEST_ABOVE } = world;
const { DONE, NO_MEMORY, NOT_ALLOWED } = outcomes;
const { NO_FRAME } = spaces;

/** Indexes are in range by construction, hence the `!` on typed arrays. */
export class Calls extends Processes {
  fork(by: number, child: number, into: Transcript): void {
    if (this.state[child] !== NONE) return into.reply(TAKEN);
    if (this.processes >= this.world.processes) return into.reply(REFUSED, FOR_PROCESSES);
    const space = this.share(this.spaceOf[by]!);
    if (space < 0) return into.reply(REFUSED, FOR_MEMORY, 0, 0, this.injected());
    this.begin(child, by);
    this.image[child] = this.image[by]!;
    this.attach(child, space);
    into.reply(FORKED, child, 0, 0, this.injected());
  }

  vfork(by: number, child: number, into: Transcript): void {
    if (this.state[child] !== NONE) return into.reply(TAKEN);
    if (this.processes >= this.world.processes) return into.reply(REFUSED, FOR_PROCESSES);
    this.begin(child, by);
    this.image[child] = this.image[by]!;
    this.attach(child, this.spaceOf[by]!);
    this.suspendedBy[by] = child;
    into.reply(FORKED, child, 0);
  }

  exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
    if (image >= this.world.images.length) return into.reply(REFUSED, FOR_MISSING);
    const space = this.load(image);
    if (space < 0) return into.reply(REFUSED, FOR_MEMORY, 0, 0, this.injected());
    this.detach(by);
    this.image[by] = image;
    this.attach(by, space);
    this.resume(by);
    const variant = op.EXEC_VARIANTS[via];
    into.reply(
      EXECUTED,
      image,
      argument,
      variant === 'execve' || variant === 'execle' ? argument : 0,
      this.injected(),
    );
  }

  wait(by: number, page: number, offset: number, into: Transcript): void {
    let living = false;
    for (let child = 0; child < this.state.length; child++) {
      if (this.parent[child] !== by || this.state[child] === NONE) continue;
      if (this.state[child] !== ZOMBIE) {
        living = true;
        continue;
      }
      const ended = this.ending[child]!;
      if (page >= 0) {
        const word = ended === ENDED_KILLED ? -1 : ended;
        const outcome = this.storeStatus(by, page, offset, word);
        if (outcome !== DONE) return this.tell(outcome, FAULT, into);
      }
      this.reap(child);
      return into.reply(REAPED, child, ended, 0, this.injected());
    }
    into.reply(living ? RUNNING : NO_CHILD);
  }

  kill(victim: number, into: Transcript): void {
    if (this.state[victim] === NONE) return into.reply(ABSENT);
    if (this.state[victim] === ALIVE) {
      if (this.suspendedBy[victim]! >= 0) this.doomed[victim] = 1;
      else this.end(victim, ENDED_KILLED);
    }
    into.reply(OK);
  }

  read(by: number, page: number, offset: number, length: number, into: Transcript): void {
    const frame = this.readable(this.spaceOf[by]!, page);
    if (frame < 0) return this.refuse(by, frame === NO_FRAME ? FOR_MEMORY : FOR_ACCESS, into);
    this.answer(by, page, offset, length, into);
  }

  write(by: number, page: number, offset: number, length: number, value: number, into: Transcript): void {
    const space = this.spaceOf[by]!;
    const outcome = this.makeWritable(space, page);
    if (outcome !== DONE) return this.refuse(by, outcome === NO_MEMORY ? FOR_MEMORY : FOR_ACCESS, into);
    this.store(this.frameAt(space, page), offset, length, value, 0);
    into.reply(OK, 0, 0, 0, this.injected());
  }

  kernelRead(by: number, page: number, offset: number, length: number, into: Transcript): void {
    const { pageSize } = this.world;
    const last = page + Math.floor((offset + length - 1) / pageSize);
    for (let p = page; p <= last; p++) {
      const frame = this.readable(this.spaceOf[by]!, p);
      if (frame < 0) return this.tell(frame === NO_FRAME ? NO_MEMORY : NOT_ALLOWED, FAULT, into);
    }
    this.answer(by, page, offset, length, into);
  }

  kernelWrite(
    by: number,
    page: number,
    offset: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    const space = this.spaceOf[by]!;
    let done = 0;
    while (done < length) {
      const p = page + Math.floor((offset + done) / this.world.pageSize);
      const at = (offset + done) % this.world.pageSize;
      const part = Math.min(length - done, this.world.pageSize - at);
      const outcome = this.makeKernelWritable(space, p);
      if (outcome !== DONE) return this.cutShort(outcome, done, into);
      this.store(this.frameAt(space, p), at, part, value, done);
      done += part;
    }
    into.reply(OK, 0, 0, 0, this.injected());
  }

  /** A kernel write that can go no further: the first `done` bytes stand. */
  cutShort(outcome: number, done: number, into: Transcript): void {
    if (outcome === NOT_ALLOWED) return into.reply(FAULT, done, 0, 0, this.injected());
    into.reply(REFUSED, FOR_MEMORY, done, 0, this.injected());
  }

  remap(code: number, by: number, words: Int32Array, at: number, into: Transcript): void {
    const space = this.spaceOf[by]!;
    const page = words[at + 2]!;
    const count = words[at + 4]!;
    const how = words[at + 5]!;
    if (!this.takesRange(space, code, page, words[at + 3]!, count, how, words[at + 6]!))
      return into.reply(REFUSED, FOR_RANGE);
    if (code === MMAP && !this.map(space, page, count, how, words[at + 6]!))
      return into.reply(REFUSED, FOR_MEMORY, 0, 0, this.injected());
    if (code === MUNMAP) this.unmap(space, page, count);
    if (code === MPROTECT) this.protect(space, page, count, how);
    if (code === MADVISE) this.advise(space, page, count, how);
    if (code === MREMAP) this.move(space, page, count, how);
    if (code === SBRK) this.moveBreak(space, page);
    into.reply(OK, 0, 0, 0, this.injected());
  }

  /** The four bytes of a wait status; nothing is stored unless all can be. */
  storeStatus(by: number, page: number, offset: number, word: number): number {
    const space = this.spaceOf[by]!;
    const { pageSize } = this.world;
    const straddles = offset + 4 > pageSize;
    const outcome = this.makeKernelWritable(space, page);
    if (outcome !== DONE) return outcome;
    if (straddles) {
      const next = this.makeKernelWritable(space, page + 1);
      if (next !== DONE) return next;
    }
    const first = straddles ? pageSize - offset : 4;
    this.store(this.frameAt(space, page), offset, first, word, 0);
    if (straddles) this.store(this.frameAt(space, page + 1), 0, 4 - first, word, first);
    return DONE;
  }

  answer(by: number, page: number, offset: number, length: number, into: Transcript): void {
    const space = this.spaceOf[by]!;
    const { pageSize } = this.world;
    const { bytes } = this.memory;
    const start = into.reserveBytes(length);
    for (let i = 0; i < length; ) {
      const p = page + Math.floor((offset + i) / pageSize);
      let from = this.frameAt(space, p) * pageSize + ((offset + i) % pageSize);
      const end = Math.min(length, i + pageSize - ((offset + i) % pageSize));
      while (i < end) into.bytes[start + i++] = bytes[from++]!;
    }
    this.replyBytes(start, length, into);
  }

  /** Bytes from `start` on in the transcript; a digest for many. */
  replyBytes(start: number, length: number, into: Transcript): void {
    if (length > DIGEST_ABOVE) {
      into.reply(DIGEST, digest(into.bytes, start, length), 0, 0, this.injected());
      into.byteCount = start;
    } else into.reply(BYTES, start, length, 0, this.injected());
  }

  pinPage(by: number, page: number, access: number, handle: number, into: Transcript): void {
    if (this.pinned[handle]! >= 0) return into.reply(TAKEN);
    this.tell(this.pin(this.spaceOf[by]!, page, access, handle), FAULT, into);
  }

  /** What a device does on its own: it gives a pin back, or stores or loads through it. */
  device(words: Int32Array, at: number, into: Transcript): void {
    const handle = words[at + 1]!;
    const frame = this.pinned[handle]!;
    if (frame < 0) return into.reply(ABSENT);
    if (words[at] === UNPIN) {
      this.unpin(handle);
      return into.reply(OK);
    }
    const offset = words[at + 2]!;
    const length = words[at + 3]!;
    if (offset + length > this.world.pageSize) return into.reply(REFUSED, FOR_RANGE);
    if (this.pinAccess[handle] === PIN_READ) return this.answerFrame(frame, offset, length, into);
    this.store(frame, offset, length, words[at + 4]!, 0);
    into.reply(OK);
  }

  answerFrame(frame: number, offset: number, length: number, into: Transcript): void {
    const start = into.reserveBytes(length);
    const from = frame * this.world.pageSize + offset;
    for (let i = 0; i < length; i++) into.bytes[start + i] = this.memory.bytes[from + i]!;
    this.replyBytes(start, length, into);
  }

  /** The reply for an outcome; `refusal` is what answers NOT_ALLOWED. */
  tell(outcome: number, refusal: number, into: Transcript): void {
    if (outcome === DONE) into.reply(OK, 0, 0, 0, this.injected());
    else if (outcome === NO_MEMORY) into.reply(REFUSED, FOR_MEMORY, 0, 0, this.injected());
    else if (refusal === FAULT) into.reply(FAULT);
    else into.reply(REFUSED, FOR_RANGE);
  }

  /** A refused access or an out-of-memory break kills its process. */
  refuse(by: number, why: number, into: Transcript): void {
    this.end(by, ENDED_KILLED);
    into.reply(KILLED, why, 0, 0, this.injected());
  }

  injected(): number {
    return this.memory.fired ? INJECTED | (this.memory.firedAt << SITE_SHIFT) : 0;
  }
}
