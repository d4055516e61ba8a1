// The layout of calf, our teaching kernel: its names are its own.
import type { KernelLayout } from './layout.ts';

export const calf: KernelLayout = {
  name: 'calf',
  // Of 128 MiB it hands out what lies below its MEMORY_END.
  ram: { base: 0x8000_0000, size: 32 << 20 },
  end: 'kernel_end',
  processes: {
    symbol: 'tasks',
    type: 'struct task',
    fields: {
      pid: ['id'],
      state: ['state'],
      root: ['root'],
      size: ['size'],
      trapframe: ['regs'],
      parent: ['parent'],
      name: ['name'],
    },
    registers: [['context', 'struct context']],
  },
  states: {
    unused: 'FREE',
    starting: 'NEW',
    sleeping: 'ASLEEP',
    ready: 'READY',
    running: 'RUNNING',
    ended: 'DEAD',
  },
  free: { symbol: 'frames', head: ['free_head'], next: 0 },
  counts: { symbol: 'frames', field: 'sharers', width: 4 },
  agent: { prompt: '$ ', line: 'cow' },
};
