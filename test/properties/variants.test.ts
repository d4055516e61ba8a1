// Other kernels that are right, too: each does something another way, and no search may accuse it.
import { describe, expect, test } from 'vitest';
import { CowMachine } from '../../model/cow/machine.ts';
import { FORK_PAGE, SWAP_IN } from '../../model/cow/memory.ts';
import { fuzz } from '../../runner/fuzz.ts';
import type { Dialect } from '../../spec/dialect.ts';
import { PRIVATE } from '../../spec/law.ts';
import { COPY_ON_WRITE, EXECUTABLE, PRESENT, WRITABLE } from '../../spec/transcript.ts';
import { EXECUTE, WRITE } from '../../spec/world.ts';
import { MODEL_DIALECT } from '../../targets/model/dialect.ts';
import { type MachineMaker, modelTarget } from '../../targets/model/session.ts';
import { interfered } from '../runner/targets.ts';

/** A page that is swapped in comes back for all that hold its slot. */
class BringsBackForAll extends CowMachine {
  override swapIn(entry: number): boolean {
    const { memory } = this;
    const slot = this.frame[entry] ?? 0;
    const frame = memory.allocate(SWAP_IN);
    if (frame < 0) return false;
    memory.copy(slot, frame);
    [...this.frame.keys()]
      .filter(other => this.frame[other] === slot && this.isSwapped(other))
      .forEach((other, i) => {
        const access = this.access[other] ?? 0;
        const bits = (access & EXECUTE ? EXECUTABLE : 0) | (access & WRITE ? COPY_ON_WRITE : 0);
        if (i > 0) memory.take(frame);
        this.setEntry(other, frame, PRESENT | bits);
        memory.drop(slot);
      });
    return true;
  }
}

/** One page that comes back brings all others with it, whosesoever they are. */
class ReadsAhead extends CowMachine {
  override swapIn(entry: number): boolean {
    if (!super.swapIn(entry)) return false;
    for (let other = 0; other < this.frame.length; other++)
      if (this.isSwapped(other) && !super.swapIn(other)) break;
    return true;
  }
}

/** FREE takes the page at once, unless a device holds it. */
class FreesAtOnce extends CowMachine {
  override freeLazily(entry: number): void {
    const isPresent = ((this.bits[entry] ?? 0) & PRESENT) !== 0;
    if (isPresent && this.isPinned(this.frame[entry] ?? 0)) return;
    this.forgetPage(entry);
  }
}

/** No advice about pages is ever taken. */
class TakesNoAdvice extends CowMachine {
  override swapOut(): void {}

  override merge(): void {}

  override collapse(): number {
    return 0;
  }

  override freeLazily(): void {}
}

/** A wiped page has a frame of zeros in the child from the start. */
class WipesWithFrames extends CowMachine {
  override obeysAdvice(entry: number, copy: number): boolean {
    const obeyed = super.obeysAdvice(entry, copy);
    const frame = this.kind[copy] === PRIVATE ? this.memory.allocateZeroed(FORK_PAGE) : -1;
    if (frame >= 0) this.setEntry(copy, frame, this.bitsFor(copy, WRITABLE));
    return obeyed;
  }
}

/** The last owner of a frame copies it once more. */
class CopiesItsOwn extends CowMachine {
  override isSole(frame: number): boolean {
    return this.isPinned(frame) && super.isSole(frame);
  }
}

const VARIANTS: readonly (readonly [what: string, machine: MachineMaker, dialect: Partial<Dialect>])[] = [
  ['brings a page back for all that hold its slot', BringsBackForAll, {}],
  ['reads ahead', ReadsAhead, {}],
  ['frees at once', FreesAtOnce, {}],
  ['takes no advice', TakesNoAdvice, {}],
  ['wipes with frames', WipesWithFrames, {}],
  ['copies its own', CopiesItsOwn, { lastOwner: 'may-copy' }],
];

describe.each(VARIANTS)('a kernel that %s', (what, machine, changed) => {
  test.each([1, 2])('is never accused, seed %i', async seed => {
    const target = interfered({
      base: modelTarget(what, machine),
      can: { dialect: { ...MODEL_DIALECT, ...changed } },
    });
    const { verdict, counterexamples } = await fuzz({ target, seed, runs: 4000 });
    expect(counterexamples).toEqual([]);
    expect(verdict).toBe('held');
  });
});
