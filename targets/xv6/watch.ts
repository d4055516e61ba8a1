// Waiting for a guest: when to look again, and when nothing has moved for too long.
import type { Machine } from './machine.ts';

/** Between looks at processes and console, ms. */
const LOOK = 0.4;
/** Without progress: seconds of processor time, or in all, after which nobody will answer any more. */
const STUCK_CPU = 1.2;
const STUCK = 12;
/** What a process does by itself. */
const ACCESSES = ['read', 'write', 'jump'];
/** Processor seconds for a load or store by a process itself: the kernel has a fault to handle, no more. */
const STUCK_ACCESS = 0.5;
/** Seconds after somebody has ended, of whom the agent would hear at once. It is told once: a bell that comes early would pass for a later one. */
const UNHEARD = 4;

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps without the event loop, ms. */
export function nap(ms: number): void {
  Atomics.wait(clock, 0, 0, ms);
}

export class Watch {
  readonly #machine: Pick<Machine, 'cpuSeconds'>;
  readonly #began: number;
  #next: number;
  #progress: string | undefined;
  #since = 0;
  #cpu = 0;

  constructor(machine: Pick<Machine, 'cpuSeconds'>) {
    this.#machine = machine;
    this.#began = performance.now();
    this.#next = this.#began;
  }

  due(): boolean {
    const now = performance.now();
    if (now < this.#next) return false;
    this.#next = now + LOOK + (now - this.#began) / 50;
    return true;
  }

  /** `op`: what is waited for; `ended`: who has died of it. That is progress; a kernel may spin while nobody has anything to do. */
  stuck(progress: string, smp: number, op = '', ended?: number): boolean {
    const now = performance.now();
    const reached = `${progress} ${ended ?? ''}`;
    if (reached !== this.#progress) {
      this.#progress = reached;
      this.#since = now;
      this.#cpu = this.#machine.cpuSeconds();
      return false;
    }
    const seconds = (now - this.#since) / 1000;
    if (ended !== undefined) return seconds > UNHEARD;
    const cpu = ACCESSES.includes(op) ? STUCK_ACCESS : STUCK_CPU;
    return seconds > STUCK || (seconds > cpu && this.#machine.cpuSeconds() - this.#cpu > cpu * smp);
  }
}
