// The layout of xv6 for RISC-V, versions of 2019 to 2025.
import type { KernelLayout } from './layout.ts';

export const xv6: KernelLayout = {
  name: 'xv6',
  ram: { base: 0x8000_0000, size: 128 << 20 },
  end: 'end',
  processes: {
    symbol: 'proc',
    type: 'struct proc',
    fields: {
      pid: ['pid'],
      state: ['state'],
      root: ['pagetable'],
      size: ['sz'],
      trapframe: ['trapframe', 'tf'],
      parent: ['parent'],
      name: ['name'],
    },
    registers: [['context', 'struct context']],
  },
  states: {
    unused: 'UNUSED',
    starting: 'USED',
    sleeping: 'SLEEPING',
    ready: 'RUNNABLE',
    running: 'RUNNING',
    ended: 'ZOMBIE',
  },
  free: { symbol: 'kmem', head: ['freelist'], next: 0 },
  agent: { prompt: '$ ', line: 'cow' },
};
