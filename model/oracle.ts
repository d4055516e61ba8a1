// The reference turned into a judge: each observed reply is allowed and adopted, or it breaks a rule.
import type { Dialect } from '../spec/dialect.ts';
import * as law from '../spec/law.ts';
import type { Judgement, Oracle } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import * as reply from '../spec/reply.ts';
import type { RuleId } from '../spec/rule.ts';
import type { Room } from '../spec/room.ts';
import * as packed from '../spec/tape.ts';
import type { Tape } from '../spec/tape.ts';
import type { Transcript } from '../spec/transcript.ts';
import * as rights from '../spec/world.ts';
import { ending } from './judge.ts';
import { MappingJudge } from './mappings.ts';
import { Eager } from './reference/eager.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { CLONE, COLLAPSE, DMA, EXEC, EXIT, FAILALLOC, FORK, KILL, KREAD, KWRITE, MADVISE, MERGE, MMAP } = op;
const { MPROTECT, MREMAP, MUNMAP, PIN, READ_OP, SBRK, SPLIT, SWAPIN, SWAPOUT, UNMERGE, UNPIN, VFORK } = op;
const { WAIT, WRITE_OP } = op;
const { ABSENT, ENDED_KILLED, EXECUTED, FAULT, FORKED, FOR_MEMORY, FOR_MISSING, FOR_PROCESSES } = reply;
const { KILLED, NO_CHILD, OK, REAPED, REFUSED, RUNNING, SUSPENDED, TAKEN } = reply;
const { ALIVE, NONE, PRIVATE_FILE, SHARED, ZOMBIE } = law;
const { STRIDE } = packed;
const { EXECUTE, READ, WRITE } = rights;

/** Rules that replies alone can break, by op; what a report calls reachable without any inspection. */
export const REPLY_RULES: Readonly<Partial<Record<op.OpName, readonly RuleId[]>>> = {
  fork: [1, 22, 24],
  clone: [1, 22, 24],
  vfork: [18, 22, 24],
  exec: [16, 17],
  wait: [15],
  read: [1, 2, 3, 4, 9, 12],
  write: [11, 12],
  kread: [13, 14],
  kwrite: [11, 13],
  // Rules 5 and 7 by reading what was mapped; a target that maps can read.
  mmap: [5, 6, 7],
  munmap: [6],
  mprotect: [6],
  sbrk: [6],
  madvise: [19],
  mremap: [6],
  dma: [31, 34],
};

/**
 * Why not predict and compare: eager copying and copy-on-write run out of frames at different moments, so a refusal
 * is right exactly when eager copying would not have fitted either, or an injected failure fired in this op. What is
 * allowed is adopted, so that the next reply is judged in the state the target is really in.
 */
export class ReferenceOracle extends MappingJudge implements Oracle {
  #key: unknown;

  reset(
    world: rights.World,
    names: number,
    dialect: Dialect,
    frames: number | undefined,
    processes: number | undefined,
    room?: Room,
  ): void {
    this.dialect = dialect;
    this.capacity = frames;
    this.processes = Math.min(world.processes, processes ?? world.processes);
    const atWait = dialect.releaseAt === 'wait';
    const fits =
      this.#key === world &&
      this.reference.state.length === names &&
      this.reference.releasesAtWait === atWait;
    if (fits) this.reference.reset();
    else this.reference = new Eager(world, names, atWait, room);
    this.#key = world;
  }

  judge(tape: Tape, index: number, seen: Transcript): Judgement {
    this.hear(tape, index, seen);
    const { words } = tape;
    const word = index * STRIDE;
    const code = words[word]!;
    if (code === FAILALLOC) return this.must(OK, 24);
    if (code === UNPIN) return this.unpin(words[word + 1]!);
    if (code === DMA) return this.dma(words[word + 1]!, words[word + 2]!, words[word + 3]!, words[word + 4]!);
    const by = words[word + 1]!;
    const { reference } = this;
    if (reference.state[by] !== ALIVE) return this.must(ABSENT, 12);
    if (reference.suspendedBy[by]! >= 0) return this.must(SUSPENDED, 18);
    const page = words[word + 2]!;
    const offset = words[word + 3]!;
    const length = words[word + 4]!;
    switch (code) {
      case WRITE_OP:
        return this.#write(by, page, offset, length, words[word + 5]!);
      case READ_OP:
        return this.#read(by, page, offset, length);
      case FORK:
      case CLONE:
      case VFORK:
        return this.#fork(code, by, words[word + 2]!);
      case EXIT: {
        const verdict = this.must(OK, 24);
        if (verdict === 'idle') reference.end(by, words[word + 2]!);
        return verdict;
      }
      case EXEC:
        return this.#exec(by, words[word + 2]!, words[word + 3]!, words[word + 4]!);
      case WAIT:
        return this.#wait(by, page, offset);
      case KILL: {
        const victim = words[word + 2]!;
        if (reference.state[victim] === NONE) return this.must(ABSENT, 24);
        const verdict = this.must(OK, 24);
        if (verdict === 'idle' && reference.state[victim] === ALIVE) reference.kill(victim, ENDED_KILLED);
        return verdict;
      }
      case KREAD:
        return this.#kernelRead(by, page, offset, length);
      case KWRITE:
        return this.#kernelWrite(by, page, offset, length, words[word + 5]!);
      case MMAP:
      case MUNMAP:
      case MPROTECT:
      case SBRK:
      case MADVISE:
      case MREMAP:
        return this.mapping(code, by, word);
      case PIN:
        return this.pin(by, page, words[word + 4]!, words[word + 5]!);
      case SWAPOUT:
      case SWAPIN:
      case MERGE:
      case UNMERGE:
      case SPLIT:
      case COLLAPSE:
        return this.rearrangement(by, page);
      default:
        throw new RangeError(`the reference does not know op code ${code}`);
    }
  }

  #fork(code: number, by: number, child: number): Judgement {
    const { reference } = this;
    if (reference.state[child] !== NONE) return this.must(TAKEN, 24);
    const borrows = code === VFORK && this.dialect.vfork === 'borrows';
    const needs = borrows ? 0 : reference.privatePages(by);
    switch (this.kind) {
      case FORKED:
        this.rule = code === VFORK ? 18 : 1;
        if (this.a !== child)
          return this.against(
            1,
            `fork returns the id of ${this.name(child)} to the parent`,
            `it returned ${this.a < 0 ? 'the id of no process' : `that of ${this.name(this.a)}`}`,
          );
        if (this.b !== 0) return this.against(1, 'fork returns 0 in the child', `it returned ${this.b}`);
        if (borrows) reference.vfork(by, child);
        else reference.fork(by, child);
        return 'held';
      case REFUSED:
        this.rule = 22;
        if (this.a === FOR_PROCESSES)
          return reference.processes >= this.processes
            ? 'held'
            : this.against(
                24,
                `room for ${this.processes} processes`,
                `fork refused for want of processes with ${reference.processes}`,
              );
        if (this.a === FOR_MEMORY) return this.excused(needs, 'fork refused for want of memory');
    }
    return this.unexpected(22, 'forked or refused');
  }

  #exec(by: number, image: number, via: number, argument: number): Judgement {
    const { reference } = this;
    const known = reference.world.images[image];
    if (known === undefined) {
      this.rule = 17;
      return this.kind === REFUSED && this.a === FOR_MISSING
        ? 'held'
        : this.unexpected(17, 'refused: there is no such image');
    }
    const needs = reference.layout.privatePages[image]!;
    if (this.kind === REFUSED && this.a === FOR_MEMORY) {
      this.rule = 17;
      return this.excused(needs, 'exec refused for want of memory');
    }
    if (this.kind === KILLED && this.a === FOR_MEMORY)
      return this.excused(needs, 'exec killed its process for want of memory', by);
    this.rule = 16;
    if (this.kind !== EXECUTED) return this.unexpected(16, `image ${known.name} runs`);
    const variant = op.EXEC_VARIANTS[via];
    const environment = variant === 'execve' || variant === 'execle' ? argument : 0;
    if (this.a !== image) return this.against(16, `image ${image} runs`, `image ${this.a} runs`);
    if (this.b !== argument)
      return this.against(16, `argument ${argument} reaches the new image`, `it got ${this.b}`);
    if (this.c !== environment)
      return this.against(16, `environment ${environment} reaches the new image`, `it got ${this.c}`);
    reference.exec(by, image);
    return 'held';
  }

  #wait(by: number, page: number, offset: number): Judgement {
    const { reference } = this;
    this.rule = 15;
    let zombies = 0;
    let living = 0;
    let last = -1;
    for (let q = 0; q < reference.state.length; q++) {
      if (reference.parent[q] !== by || reference.state[q] === NONE) continue;
      if (reference.state[q] === ZOMBIE) {
        zombies++;
        last = q;
      } else living++;
    }
    if (zombies === 0) return this.must(living > 0 ? RUNNING : NO_CHILD, 15);
    const status = page >= 0;
    const good = !status || this.reachable(by, page, offset, 4, WRITE) === 4;
    const may = good || this.kernelReaches(by, page, offset, 4) === 4;
    switch (this.kind) {
      case REAPED: {
        const child = this.a;
        if (child < 0 || reference.state[child] !== ZOMBIE || reference.parent[child] !== by)
          return this.against(15, 'wait names an ended child', `it named ${this.name(child)}`);
        if (reference.ending(child) !== this.b)
          return this.against(
            15,
            `${this.name(child)} ended with ${ending(reference.ending(child))}`,
            `wait told ${ending(this.b)}`,
          );
        if (!may)
          return this.against(13, 'wait refuses to store the status at a bad address', 'it stored it');
        reference.reap(child);
        if (status) reference.fill(by, page, offset, 4, this.statusWord(this.b));
        return 'held';
      }
      case FAULT: {
        if (good) return this.against(13, 'the status can be stored there', 'wait refused the address');
        const lost = this.a > 0 ? this.a - 1 : zombies === 1 ? last : -1;
        if (this.dialect.waitFault === 'reaps' && lost >= 0 && reference.state[lost] === ZOMBIE)
          reference.reap(lost);
        return 'held';
      }
      case REFUSED:
      case KILLED:
        if (this.a !== FOR_MEMORY) return this.unexpected(15, 'reaped');
        return this.kind === REFUSED
          ? this.excused(0, 'wait refused for want of memory')
          : this.excused(0, 'wait killed its process for want of memory', by);
      default:
        return this.unexpected(15, 'reaped');
    }
  }

  #read(by: number, page: number, offset: number, length: number): Judgement {
    const { reference } = this;
    if ((reference.permissionOf(by, page) & READ) === 0) return this.refusedAccess(by, 'load');
    const kind = reference.kind[reference.spaceOf[by]! * reference.pages + page]!;
    this.rule = kind >= SHARED ? 5 : kind === PRIVATE_FILE ? 7 : 2;
    if (this.kind === KILLED && this.a === FOR_MEMORY)
      return this.excused(0, 'a load killed its process for want of memory', by);
    return this.bytes(by, page, offset, length, 2);
  }

  #write(by: number, page: number, offset: number, length: number, value: number): Judgement {
    const { reference } = this;
    const permission = reference.permissionOf(by, page);
    if ((permission & WRITE) === 0) {
      if (this.kind === OK && this.dialect.textWritable && (permission & EXECUTE) !== 0) {
        reference.fill(by, page, offset, length, value);
        return 'idle';
      }
      return this.refusedAccess(by, 'store');
    }
    this.rule = 11;
    if (this.kind === OK) {
      reference.fill(by, page, offset, length, value);
      return 'held';
    }
    if (this.kind === KILLED && this.a === FOR_MEMORY)
      return this.excused(0, 'a store to a writable page killed its process for want of memory', by);
    return this.unexpected(11, 'ok: the page is writable for this process');
  }

  #kernelRead(by: number, page: number, offset: number, length: number): Judgement {
    const reachable = this.reachable(by, page, offset, length, READ);
    this.rule = reachable < length ? 13 : 14;
    if ((this.kind === REFUSED || this.kind === KILLED) && this.a === FOR_MEMORY)
      return this.excused(
        0,
        'a kernel read failed for want of memory',
        this.kind === KILLED ? by : undefined,
      );
    if (reachable === length) return this.bytes(by, page, offset, length, 14);
    return this.kind === FAULT ? 'held' : this.unexpected(13, 'fault: part of the range is not readable');
  }

  #kernelWrite(by: number, page: number, offset: number, length: number, value: number): Judgement {
    const { reference } = this;
    const reachable = this.reachable(by, page, offset, length, WRITE);
    this.rule = 13;
    const most = reachable === length ? length : this.kernelReaches(by, page, offset, length);
    if (this.kind === OK) {
      if (most < length)
        return this.against(
          13,
          `an error: only ${most} of ${length} bytes are writable`,
          'the kernel wrote all of them',
        );
      reference.fill(by, page, offset, length, value);
      return 'held';
    }
    if (this.kind === KILLED && this.a === FOR_MEMORY)
      return this.excused(0, 'a kernel write killed its process for want of memory', by);
    const stands = this.kind === FAULT ? this.a : this.b;
    if (this.kind === FAULT && reachable === length)
      return this.unexpected(13, 'ok: every page of the range is writable');
    if (this.kind === REFUSED && this.a === FOR_MEMORY) {
      const verdict = this.excused(0, 'a kernel write was refused for want of memory');
      if (typeof verdict === 'object') return verdict;
    } else if (this.kind !== FAULT) return this.unexpected(13, reachable < length ? 'fault' : 'ok');
    if (stands > most)
      return this.against(13, `at most the first ${most} bytes are written`, `${stands} were`);
    if (stands > 0 && this.dialect.partialKernelWrite === 'nothing')
      return this.against(13, 'a kernel write that fails writes nothing', `${stands} bytes were written`);
    reference.fill(by, page, offset, stands, value);
    return 'held';
  }
}
