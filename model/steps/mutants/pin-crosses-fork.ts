// Mutant B131: the fast way to pin a page looks at its entry without the lock, and not again.
import { frameOf, WRITABLE } from '../../../spec/interleaving.ts';
import { lock, lookUp, readCount } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { leave, type StepMutant, TWO } from './mutant.ts';

/** A page that is writable is its owner's: no lock needed. Others go the slow way. */
const lookUpFast: Step = {
  name: 'look up',
  perform(m, cpu) {
    const entry = m.entry[m.place(cpu)]!;
    if ((entry & WRITABLE) === 0) m.jump(cpu, 'pin', 3);
    else m.old[cpu] = frameOf(entry) + 1;
  },
};

const pinFast: Step = {
  name: 'pin frame',
  perform(m, cpu) {
    if (m.pinned[m.place(cpu)] !== 0) return;
    m.pinned[m.place(cpu)] = m.old[cpu]!;
    m.count[m.old[cpu]! - 1]!++;
  },
};

class PinCrossesFork extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), pin: [lookUpFast, pinFast, leave, lock, lookUp, readCount] };
  }
}

export const mutant: StepMutant = {
  name: 'pin-crosses-fork',
  bug: 'B131',
  defect:
    'fork asks whether the page is pinned before the pin is there, and shares it: the device then writes what both see, or what the owner no longer has.',
  history: 'Linux 57efa1fe: fast pins are told of a fork by a sequence count',
  whyHard: 'both sides check; each before the other has acted.',
  rule: 32,
  invariant: 'pins.pinned-is-owned',
  scope: TWO,
  ops: ['fork', 'pin'],
  steps: 8,
  switches: 2,
  machine: PinCrossesFork,
};
