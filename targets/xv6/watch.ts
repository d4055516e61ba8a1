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
/** The same where somebody is known to have ended, of whom the agent would hear at once. */
const UNHEARD = 4;

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps without the event loop, ms. */
export function nap(ms: number): void {
  Atomics.wait(clock, 0, 0, ms);
}

export class Watch {
  readonly #machine: Machine;
  readonly #began: number;
  #next: number;
  #progress: string | undefined;
  #since = 0;
  #cpu = 0;

  constructor(machine: Machine) {
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

  /** `op`: what is waited for; `ended`: somebody has died of it. */
  stuck(progress: string, smp: number, op = '', ended = false): boolean {
    const now = performance.now();
    if (progress !== this.#progress) {
      this.#progress = progress;
      this.#since = now;
      this.#cpu = this.#machine.cpuSeconds();
      return false;
    }
    const seconds = (now - this.#since) / 1000;
    const cpu = ACCESSES.includes(op) ? STUCK_ACCESS : STUCK_CPU;
    return (
      seconds > (ended ? UNHEARD : STUCK) ||
      (seconds > cpu && this.#machine.cpuSeconds() - this.#cpu > cpu * smp)
    );
  }
}
