// The COW model as a machine: which op is called for, and whether anybody is there to perform it.
import * as law from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import * as reply from '../../spec/reply.ts';
import type { Transcript } from '../../spec/transcript.ts';
import { Calls } from './calls.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { ALIVE } = law;
const {
  CLONE,
  COLLAPSE,
  DMA,
  EXEC,
  EXIT,
  FAILALLOC,
  FORK,
  KILL,
  KREAD,
  KWRITE,
  MADVISE,
  MERGE,
  MMAP,
  MPROTECT,
  MREMAP,
  MUNMAP,
  PIN,
  READ_OP,
  SBRK,
  SPLIT,
  SWAPIN,
  SWAPOUT,
  UNMERGE,
  UNPIN,
  VFORK,
  WAIT,
  WRITE_OP,
} = op;
const { ABSENT, OK, REFUSED, SUSPENDED } = reply;

/**
 * A small teaching kernel's processes and memory, in flat typed arrays. A mutant is a subclass that overrides one public
 * method; whatever it does to an entry or a frame is noted below it, so an inspection shows it.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class CowMachine extends Calls {
  /** Performs the packed op at `words[at]` and appends its reply. */
  step(words: Int32Array, at: number, into: Transcript): void {
    const code = words[at]!;
    this.memory.fired = false;
    if (code === FAILALLOC) {
      this.memory.armed = words[at + 1]!;
      return into.reply(OK);
    }
    if (code === UNPIN || code === DMA) return this.device(words, at, into);
    const by = words[at + 1]!;
    if (this.state[by] !== ALIVE) return into.reply(ABSENT);
    if (this.suspendedBy[by]! >= 0) return into.reply(SUSPENDED);
    const a = words[at + 2]!;
    const b = words[at + 3]!;
    const c = words[at + 4]!;
    switch (code) {
      case FORK:
      case CLONE:
        return this.fork(by, a, into);
      case VFORK:
        return this.vfork(by, a, into);
      case EXEC:
        return this.exec(by, a, b, c, into);
      case EXIT:
        this.end(by, a);
        return into.reply(OK);
      case WAIT:
        return this.wait(by, a, b, into);
      case KILL:
        return this.kill(a, into);
      case READ_OP:
        return this.read(by, a, b, c, into);
      case WRITE_OP:
        return this.write(by, a, b, c, words[at + 5]!, into);
      case KREAD:
        return this.kernelRead(by, a, b, c, into);
      case KWRITE:
        return this.kernelWrite(by, a, b, c, words[at + 5]!, into);
      case MMAP:
      case MUNMAP:
      case MPROTECT:
      case SBRK:
      case MADVISE:
      case MREMAP:
        return this.remap(code, by, words, at, into);
      case PIN:
        return this.pinPage(by, a, c, words[at + 5]!, into);
      case SWAPOUT:
      case SWAPIN:
      case MERGE:
      case UNMERGE:
      case SPLIT:
      case COLLAPSE:
        return this.tell(this.rearrange(code, this.spaceOf[by]!, a), REFUSED, into);
      default:
        throw new RangeError(`the COW model has no op with code ${code}`);
    }
  }
}
