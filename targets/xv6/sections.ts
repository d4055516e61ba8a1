// What an examination saw, in the sections of docs/protocol.md: what changed since the last one.
import type { Entry } from './mailbox.ts';
import type { Seen } from './seen.ts';

/** What an examination knows of a frame. */
export interface Frames {
  countOf(frame: number): number | undefined;
  isFree(frame: number): boolean | undefined;
  heldOf(frame: number): number;
  /** Is it put to a use that no page of a test process has? */
  isElsewhere(frame: number): boolean;
}

const FREE = ':1:0';

export class Sections {
  readonly #showsExecutable: boolean;
  /** What was last said of each process and frame. */
  readonly #processes = new Map<number, string>();
  readonly #frames = new Map<number, string>();

  constructor(showsExecutable: boolean) {
    this.#showsExecutable = showsExecutable;
  }

  /** A new run: nothing has been said. */
  forget(): void {
    this.#processes.clear();
    this.#frames.clear();
  }

  /** `entries[i]` is the process of `seen.tests[i]`. Each section is preceded by ` ; `. */
  of(entries: readonly Entry[], seen: Seen, frames: Frames): string {
    let text = '';
    const shown = new Set<number>();
    const living = new Set<number>();
    for (const [i, mapped] of seen.tests.entries()) {
      const number = entries[i]?.number ?? -1;
      let row = '';
      for (let j = 0; j < mapped.count; j++) {
        const frame = mapped.frames[j] ?? 0;
        const bits = `${mapped.writable[j] === 1 ? 'w' : ''}${this.#showsExecutable && mapped.executable[j] === 1 ? 'x' : ''}`;
        row += ` ${mapped.pages[j]}:${frame}:${bits === '' ? '-' : bits}`;
        shown.add(frame);
        if (!this.#frames.has(frame)) this.#frames.set(frame, '');
      }
      if (row === '') continue;
      living.add(number);
      if (this.#processes.get(number) === row) continue;
      this.#processes.set(number, row);
      text += ` ; p ${number} ${number}${row}`;
    }
    for (const number of this.#processes.keys())
      if (!living.has(number)) {
        this.#processes.delete(number);
        text += ` ; p ${number} -`;
      }
    // Of the agent's own pages too: whose a lost frame was does not matter.
    for (const frame of seen.lost) if (!this.#frames.has(frame)) this.#frames.set(frame, '');
    return `${text}${this.#counted(frames, shown)} ; t ${seen.used ?? '?'} ${seen.tables}`;
  }

  /** `shown`: frames of test pages. What has gone on to another use is nobody's business here. */
  #counted(frames: Frames, shown: ReadonlySet<number>): string {
    let text = '';
    for (const [frame, before] of this.#frames) {
      const elsewhere = !shown.has(frame) && frames.isElsewhere(frame);
      // What was free before an op that fails may serve us after it: that is no trace that the op has left.
      if (elsewhere && before.endsWith(FREE)) continue;
      const count = elsewhere ? undefined : frames.countOf(frame);
      const free = elsewhere ? undefined : frames.isFree(frame);
      const now = `${count === undefined ? '?' : Math.max(0, count)}:${free === undefined ? '?' : free ? 1 : 0}:${Math.max(0, frames.heldOf(frame))}`;
      if (now === before) continue;
      this.#frames.set(frame, now);
      text += ` ${frame}:${now}`;
    }
    return text === '' ? '' : ` ; f${text}`;
  }
}
