// Which of two tapes is simpler.
import * as op from '../spec/op.ts';
import { OP_NAMES, OPS } from '../spec/op.ts';
import { STRIDE, type Tape } from '../spec/tape.ts';

/** How much a tape speaks of: distinct processes, distinct pages, and bytes in all ranges. */
export interface Size {
  readonly processes: number;
  readonly pages: number;
  readonly bytes: number;
}

export function sizeOf(tape: Tape): Size {
  const processes = new Set<number>();
  const pages = new Set<number>();
  let bytes = 0;
  for (let i = 0; i < tape.length; i++) {
    let at = i * STRIDE;
    let page = -1;
    let offset = 0;
    for (const { kind, name } of OPS[OP_NAMES[tape.words[at] ?? -1] ?? 'failalloc'].fields) {
      const word = tape.words[++at] ?? 0;
      let last = -1;
      if (kind === 'process') processes.add(word);
      if (kind === 'address') {
        page = last = word;
        offset = tape.words[++at] ?? 0;
      } else if (name === 'length') {
        bytes += word;
        last = page + Math.floor((offset + word - 1) / tape.world.pageSize);
      } else if (name === 'pages') last = page + word - 1;
      if (page >= 0) for (let p = page; p <= last; p++) pages.add(p);
    }
  }
  return { processes: processes.size, pages: pages.size, bytes };
}

/** Is `a` simpler than `b`, whose size is `size`: fewer ops, then processes, then pages, then bytes, then smaller words? */
export function isSimpler(a: Tape, b: Tape, size: Size): boolean {
  if (a.length !== b.length) return a.length < b.length;
  const { processes, pages, bytes } = sizeOf(a);
  if (processes !== size.processes) return processes < size.processes;
  if (pages !== size.pages) return pages < size.pages;
  return bytes === size.bytes ? comparesLess(a, b) : bytes < size.bytes;
}

/** Are the words of `a` smaller than those of `b`, from the first op on? Values are compared without a sign. */
function comparesLess(a: Tape, b: Tape): boolean {
  const end = a.length * STRIDE;
  for (let i = 0; i < end; i++) {
    const x = a.words[i] ?? 0;
    const y = b.words[i] ?? 0;
    if (x === y) continue;
    const code = a.words[i - (i % STRIDE)];
    const value = (code === op.WRITE_OP || code === op.KWRITE) && i % STRIDE === 5;
    return value ? x >>> 0 < y >>> 0 : x < y;
  }
  return false;
}
