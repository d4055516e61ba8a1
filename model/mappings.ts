// Judgements of mapping ops: each takes its range, or is refused for it.
import type { Evidence, Judgement } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import * as reply from '../spec/reply.ts';
import { DeviceJudge } from './devices.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { DONTNEED, FREE, MADVISE, MMAP, MPROTECT, MREMAP, MUNMAP, SBRK } = op;
const { FOR_MEMORY, FOR_RANGE, OK, REFUSED } = reply;

/** Indexes are in range by construction, hence the `!` on typed arrays. */
export class MappingJudge extends DeviceJudge {
  /** mmap, munmap, mprotect, sbrk, madvise: the range is one the op takes, or the op is refused for it. */
  protected mapping(code: number, by: number, word: number): Judgement {
    const { reference } = this;
    const { words } = this.tape;
    const space = reference.spaceOf[by]!;
    const a = words[word + 2]!;
    const pages = words[word + 4]!;
    const how = words[word + 5]!;
    const access = words[word + 6]!;
    const good = reference.takesRange(space, code, a, words[word + 3]!, pages, how, access);
    this.rule = code !== MADVISE ? 6 : how === DONTNEED ? 19 : how === FREE ? 20 : 21;
    if (this.kind === OK) {
      if (!good) return this.range(code, 'refused: it does not take this range');
      reference.remap(code, by, a, pages, how, access);
      return 'held';
    }
    if (this.kind !== REFUSED) return this.range(code, good ? 'ok' : 'refused (range)');
    if (this.a === FOR_MEMORY)
      return this.excused(
        good ? reference.growth(space, code, a, pages, how, code === MMAP ? access : how) : 0,
        'a mapping was refused for want of memory',
      );
    if (this.a !== FOR_RANGE || good) return this.range(code, good ? 'ok' : 'refused (range)');
    const { partialProtect, partialAdvice } = this.dialect;
    const applies =
      words[word + 3] === 0 &&
      ((code === MPROTECT && partialProtect === 'prefix') ||
        (code === MADVISE && partialAdvice === 'all' && !reference.refusesKind(space, a, pages, how)));
    if (applies) reference.remap(code, by, a, pages, how, access);
    return 'held';
  }

  /** Evidence about the range of a mapping op. */
  private range(code: number, required: string): Evidence {
    const evidence = this.unexpected(this.rule, required);
    const what =
      code === MMAP
        ? 'mmap takes pages of the mapping area that are not mapped yet'
        : code === SBRK
          ? 'sbrk moves the end of the heap within its room'
          : code === MUNMAP
            ? 'munmap takes any pages of the address space'
            : code === MREMAP
              ? 'mremap takes mapped anonymous pages, and moves them to pages of the mapping area that are not mapped'
              : 'it takes pages that are mapped, all of them';
    return { ...evidence, because: `${what}; the target decided otherwise.` };
  }
}
