// From a prompt to a guest with an agent in it: memory made short, the mailbox found.
import { RigError } from '../../spec/target.ts';
import { shownConsole } from './console.ts';
import type { Elf } from './elf.ts';
import { Kernel } from './kernel.ts';
import type { KernelLayout } from './layouts/layout.ts';
import type { Machine } from './machine.ts';
import { MAILBOX_PAGES } from './mailbox.ts';
import { PAGE } from './memory.ts';
import { Space } from './walk.ts';

/** Pages by which a process grows for a while: more than one page table maps, so that its fork can fail half way. */
export const SWELL = 512;

/** Frames left on the free list when the agent starts, beside its reserve: so the list is short to walk, and its end near. */
const FRAMES = 460 + SWELL;

/** Bytes from the start of a global in which a number of free frames is looked for: a word, or a field near a free list. */
const NEAR = 64;

/**
 * Ends the free list after FRAMES frames, as if the machine had no more: nobody runs at the prompt. Where a kernel also
 * keeps the length of the list, as the one word of its globals that is just this number, the word is told. Returns the first
 * frame of RAM that was free, by index; undefined: not known.
 */
export function shorten(machine: Machine, kernel: Kernel): number | undefined {
  const { freeHead, firstFrame, layout, frames } = kernel;
  if (freeHead < 0) return undefined;
  machine.pause();
  try {
    let last = 0;
    let length = 0;
    let lowest = frames;
    for (let at = machine.address(freeHead); at !== 0; at = machine.address(at + layout.free.next)) {
      const frame = (at - layout.ram.base) / PAGE;
      if (!Number.isInteger(frame) || frame < firstFrame || frame >= frames || ++length > frames)
        return undefined;
      lowest = Math.min(lowest, frame);
      if (length === FRAMES) last = at;
    }
    if (last === 0 || length === FRAMES) return lowest;
    machine.writeU64(last + layout.free.next, 0n);
    const words = wordsThatAre(length, machine, kernel);
    if (words.length === 1 && words[0] !== undefined) machine.writeU32(words[0], FRAMES);
    return lowest;
  } finally {
    machine.resume();
  }
}

/** Addresses of the 32-bit words at the start of a global that hold `number`. */
function wordsThatAre(
  number: number,
  machine: Machine,
  { symbols, firstFrame, layout }: Kernel,
): readonly number[] {
  const found = new Set<number>();
  const end = layout.ram.base + firstFrame * PAGE;
  for (const { address, size, kind = 'object' } of symbols.values()) {
    const length = Math.min(size, NEAR) & ~3;
    if (kind !== 'object' || length === 0 || address % 4 !== 0) continue;
    if (address < layout.ram.base || address + length > end) continue;
    const bytes = machine.read(address, length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < length; at += 4) if (view.getUint32(at, true) === number) found.add(address + at);
  }
  return [...found];
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

/** `said`: what is on the console since the line for it was typed; `gone`: the prompt is back. */
export function notStarted({ agent }: KernelLayout, said: string, gone: boolean): RigError {
  return new RigError(
    'xv6-agent',
    `the agent did not start after "${agent.line}" was typed at the prompt${gone ? '' : ', not in ten seconds'}; the console says:\n${shownConsole(said)}`,
    'see that the kernel runs the programs of its own fs.img, such as ls, from its shell',
  );
}
