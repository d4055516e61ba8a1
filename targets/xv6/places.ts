// Where the pages of a process under test lie in its address space, by the letters of its image.
import { PAGE } from './memory.ts';

/** Where the agent's program has what the letters stand for: from its symbols and segments. Virtual addresses. */
export interface Arena {
  readonly text: number;
  readonly rodata: number;
  readonly data: number;
  readonly bss: number;
  /** The first page behind the image: the guard. */
  readonly guard: number;
}

export interface Places {
  /** Address of each page; -1: nothing is ever there. */
  readonly pages: Float64Array;
  /** Is it private data? */
  readonly counted: readonly boolean[];
}

/** `heap`: address of the first page of the heap; the stack's page lies below it. */
export function placesOf(letters: string, arena: Arena, heap: number): Places {
  const next = { t: arena.text, r: arena.rodata, d: arena.data, b: arena.bss, h: heap };
  const pages = new Float64Array(letters.length).fill(-1);
  for (const [page, letter] of letters.split('').entries()) {
    const row = letter === 'k' ? 'h' : letter;
    if (row === 'g') pages[page] = arena.guard;
    else if (row === 's') pages[page] = heap - PAGE;
    else if (row in next) {
      const key = row as keyof typeof next;
      pages[page] = next[key];
      next[key] += PAGE;
    }
  }
  return { pages, counted: letters.split('').map(letter => 'dbhks'.includes(letter)) };
}
