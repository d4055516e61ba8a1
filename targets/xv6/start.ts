// From a prompt to a guest with an agent in it: memory made short, the mailbox found.
import type { Elf } from './elf.ts';
import { Kernel } from './kernel.ts';
import type { Machine } from './machine.ts';
import { MAILBOX_PAGES } from './mailbox.ts';
import { PAGE } from './memory.ts';
import { Space } from './walk.ts';

/** Pages by which a process grows for a while: more than one page table maps, so that its fork can fail half way. */
export const SWELL = 512;

/** Frames left on the free list when the agent starts, beside its reserve: so the list is short to walk, and its end near. */
const FRAMES = 460 + SWELL;

/** Ends the free list after FRAMES frames, as if the machine had no more: nobody runs at the prompt. */
export function shorten(machine: Machine, { freeHead, firstFrame, layout, frames }: Kernel): void {
  if (freeHead < 0) return;
  machine.pause();
  try {
    let at = machine.address(freeHead);
    for (let i = 1; i < FRAMES; i++) {
      const frame = (at - layout.ram.base) / PAGE;
      if (!Number.isInteger(frame) || frame < firstFrame || frame >= frames) return;
      at = machine.address(at + layout.free.next);
    }
    if (machine.holds(at + layout.free.next, 8)) machine.writeU64(at + layout.free.next, 0n);
  } finally {
    machine.resume();
  }
}

/** The coordinator and the physical pages of its mailbox, once it has one. */
export function mailboxOf(
  machine: Machine,
  kernel: Kernel,
  agent: Elf,
): { readonly pid: number; readonly pages: readonly number[] } | undefined {
  const symbol = agent.symbols.get('mailbox_at')?.address;
  if (symbol === undefined) throw new Error('the agent has no symbol mailbox_at');
  const { base } = kernel.layout.ram;
  for (const { pid, root, name } of kernel.processes()) {
    if (root === 0 || !kernel.layout.agent.line.startsWith(name) || name === '') continue;
    const space = new Space(kernel.memory, kernel.firstFrame);
    space.read(root, `process ${pid}`);
    const physical = (va: number): number => {
      const leaf = space.leaf(Math.floor(va / PAGE));
      return leaf < 0 ? -1 : base + (space.frames[leaf] ?? 0) * PAGE + (va % PAGE);
    };
    const word = physical(symbol);
    const va = word < 0 ? 0 : machine.address(word);
    if (va === 0) continue;
    const pages = Array.from({ length: MAILBOX_PAGES }, (_, page) => physical(va + page * PAGE));
    if (pages.every(pa => pa >= 0)) return { pid, pages };
  }
  return undefined;
}
