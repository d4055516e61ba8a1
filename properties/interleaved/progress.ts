// Locks are given back: of those who are in the kernel, one can go on.
import type { InterleavedLaw } from './law.ts';

/** Nobody in user mode has a lock. */
export const lockGivenBack: InterleavedLaw = {
  id: 'progress.lock-given-back',
  rule: 24,
  judge(state) {
    const { at } = state;
    let inKernel = 0;
    for (let cpu = 0; cpu < at.length; cpu++) {
      if (at[cpu] === 0) continue;
      if (!state.waits(cpu)) return 'held';
      inKernel++;
    }
    if (inKernel === 0) return 'idle';
    const waiting = [...at.keys()].filter(cpu => at[cpu] !== 0).map(cpu => `CPU ${cpu}`);
    return {
      rule: 24,
      required: 'of the processors in the kernel, one can go on',
      found: `${waiting.join(' and ')} ${inKernel === 1 ? 'waits' : 'wait'} for a lock, and nobody else is there`,
      because: 'whoever has the lock is among those that wait, so they wait for ever.',
    };
  },
};
