// Commands of the protocol: a world and a tape as lines, numbers straight from the packed words.
import * as op from '../../spec/op.ts';
import { ACCESSES, ADVICE, EXEC_VARIANTS, MAPPINGS, PIN_ACCESSES } from '../../spec/op.ts';
import { layoutFor, STRIDE, type Tape } from '../../spec/tape.ts';
import type { Segment, World } from '../../spec/world.ts';
import type { InspectWhen } from '../../spec/target.ts';

const LETTERS: Readonly<Record<Segment, string>> = {
  text: 't',
  rodata: 'r',
  data: 'd',
  bss: 'b',
  heap: 'h',
  map: 'm',
  guard: 'g',
  stack: 's',
};

/** What a page is right after exec that the image does not map. */
const UNMAPPED: Readonly<Partial<Record<Segment, string>>> = { heap: 'k', map: 'm', guard: 'g' };

/** One letter a page for image `image`: what is not mapped right after exec is room to map something, or a hole. */
export function layoutLetters(world: World, image: number): string {
  const layout = layoutFor(world);
  return layout.segmentOf
    .map((segment, page) =>
      (layout.permissions[image]?.[page] ?? 0) !== 0 ? LETTERS[segment] : (UNMAPPED[segment] ?? '-'),
    )
    .join('');
}

/** The lines that set up `world`, up to but without `reset`. */
export function worldLines(world: World): readonly string[] {
  return [
    `world ${world.pageSize} ${world.processes} ${world.frames ?? 0} 0`,
    ...world.images.map((_, image) => `image ${image} ${layoutLetters(world, image)}`),
  ];
}

/** The line for op `index`. */
export function opLine(tape: Tape, index: number): string {
  const { words } = tape;
  const at = index * STRIDE;
  const w = (n: number): number => words[at + n] ?? 0;
  switch (w(0)) {
    case op.FORK:
      return `fork ${w(1)} ${w(2)}`;
    case op.CLONE:
      return `clone ${w(1)} ${w(2)}`;
    case op.VFORK:
      return `vfork ${w(1)} ${w(2)}`;
    case op.EXEC:
      return `exec ${w(1)} ${w(2)} ${EXEC_VARIANTS[w(3)] ?? 'execve'} ${w(4)}`;
    case op.EXIT:
      return `exit ${w(1)} ${w(2)}`;
    case op.WAIT:
      return w(2) < 0 ? `wait ${w(1)}` : `wait ${w(1)} ${w(2)} ${w(3)}`;
    case op.KILL:
      return `kill ${w(1)} ${w(2)}`;
    case op.READ_OP:
      return `read ${w(1)} ${w(2)} ${w(3)} ${w(4)}`;
    case op.WRITE_OP:
      return `write ${w(1)} ${w(2)} ${w(3)} ${w(4)} ${w(5) >>> 0}`;
    case op.KREAD:
      return `kread ${w(1)} ${w(2)} ${w(3)} ${w(4)}`;
    case op.KWRITE:
      return `kwrite ${w(1)} ${w(2)} ${w(3)} ${w(4)} ${w(5) >>> 0}`;
    case op.MMAP:
      return `mmap ${range(tape, at)} ${MAPPINGS[w(5)] ?? 'private'} ${ACCESSES[w(6)] ?? 'none'}`;
    case op.MUNMAP:
      return `munmap ${range(tape, at)}`;
    case op.MPROTECT:
      return `mprotect ${range(tape, at)} ${ACCESSES[w(5)] ?? 'none'}`;
    case op.SBRK:
      return `sbrk ${w(1)} ${w(2)}`;
    case op.MADVISE:
      return `madvise ${range(tape, at)} ${ADVICE[w(5)] ?? 'dontneed'}`;
    case op.MREMAP:
      return `mremap ${range(tape, at)} ${w(6) === 0 ? w(5) : layoutFor(tape.world).pages}`;
    case op.PIN:
      return `pin ${w(1)} ${w(2)} ${PIN_ACCESSES[w(4)] ?? 'read'} ${w(5)}`;
    case op.UNPIN:
      return `unpin ${w(1)}`;
    case op.DMA:
      return `dma ${w(1)} ${w(2)} ${w(3)} ${w(4) >>> 0}`;
    case op.SWAPOUT:
    case op.SWAPIN:
    case op.MERGE:
    case op.UNMERGE:
    case op.SPLIT:
    case op.COLLAPSE:
      return `${op.OP_NAMES[w(0)]} ${w(1)} ${w(2)}`;
    case op.FAILALLOC:
      return `failalloc ${w(1)}`;
    default:
      throw new RangeError(`the line protocol has no line for op ${op.OP_NAMES[w(0)] ?? w(0)}`);
  }
}

/** Process, page and pages of a mapping op. A range that starts inside a page is none: it is sent as one of the null page. */
function range({ words, world }: Tape, at: number): string {
  const page = words[at + 3] === 0 ? words[at + 2] : layoutFor(world).pages;
  return `${words[at + 1]} ${page} ${words[at + 4]}`;
}

/** What a line asks for, so that its answer can be read. An op has its index, from 0. */
export const SETUP = -1;
export const RESET = -2;
/** The line that ends a batch; its answer repeats its number, so that answers too many or too few are noticed. */
export const SYNC = -3;

export interface Batch {
  readonly text: string;
  /** What each answer belongs to: an op's index, SETUP, RESET or SYNC. */
  readonly asked: Int32Array;
  /** Whether inspection is on for each answer, 1 or 0. */
  readonly inspected: Uint8Array;
  /** Is inspection on at the end? */
  readonly inspecting: boolean;
}

/** Everything to send for one run: a reset if one is due, all ops, inspection switched on and off between, and `sync`. */
export function batchOf(
  tape: Tape,
  inspect: InspectWhen,
  reset: boolean,
  inspecting: boolean,
  sync: number,
): Batch {
  const most = tape.length + 6;
  const asked = new Int32Array(most);
  const inspected = new Uint8Array(most);
  const lines: string[] = [];
  let on = inspecting;
  const send = (line: string, what: number): void => {
    asked[lines.length] = what;
    inspected[lines.length] = on && (what >= 0 || what === RESET) ? 1 : 0;
    lines.push(line);
  };
  const turn = (to: boolean): void => {
    if (on === to) return;
    on = to;
    send(`inspect ${to ? 1 : 0}`, SETUP);
  };
  if (reset) {
    turn(inspect !== 'none');
    send('reset', RESET);
  }
  for (let i = 0; i < tape.length; i++) {
    turn(inspect === 'each' || (inspect === 'last' && i === tape.length - 1));
    send(opLine(tape, i), i);
  }
  send(`sync ${sync}`, SYNC);
  lines.push('');
  return {
    text: lines.join('\n'),
    asked: asked.subarray(0, lines.length - 1),
    inspected: inspected.subarray(0, lines.length - 1),
    inspecting: on,
  };
}
