// A kernel that cannot be read, driven through its console: lines typed, answers printed. Who does not answer is given up.
import { readdirSync, readFileSync } from 'node:fs';
import { Died } from './died.ts';
import type { Elf } from './elf.ts';
import type { KernelLayout } from './layouts/layout.ts';
import type { Machine } from './machine.ts';
import { Functions, lastWords, panicOf } from './panic.ts';
import { notStarted } from './start.ts';
import { nap, Watch } from './watch.ts';

const START = 10_000;
/** Between looks at the console, ms. */
const LOOK = 1;
/** Nobody works any more: no thread of the machine at so many looks, or one of them for so many seconds of processor time. */
const IDLE = 80;
const BUSY = 0.5;
/** A part of that is enough where the kernel says something of the kind itself. */
const TOLD = 0.15;
const ANSWER = /(?:^|\n)@([^\n]*?)\r?\n/;

export interface TypistParts {
  readonly machine: Machine;
  readonly elf: Elf;
  readonly layout: KernelLayout;
  readonly smp: number;
}

/** The agent in its console mode. What it says is believed as if it had come through its mailbox. */
export class Typist {
  readonly #machine: Machine;
  readonly #functions: Functions;
  readonly #smp: number;

  /** The kernel is at its prompt. Throws RigError: the agent does not start. Throws Died: the kernel does not survive that. */
  static start({ machine, elf, layout, smp }: TypistParts): Typist {
    const typist = new Typist(machine, new Functions(elf), smp);
    const from = machine.printed;
    machine.type(`${layout.agent.line} console\n`);
    for (const began = performance.now(); ; nap(LOOK)) {
      const said = machine.consoleText(from);
      if (/(?:^|\n)@ready/.test(said)) return typist;
      typist.#hear(said, 'start');
      const gone = said.endsWith(layout.agent.prompt);
      if (gone || performance.now() - began > START) throw notStarted(layout, said, gone);
      machine.nudge();
    }
  }

  private constructor(machine: Machine, functions: Functions, smp: number) {
    this.#machine = machine;
    this.#functions = functions;
    this.#smp = smp;
  }

  /** Sends lines, and returns an answer for each. Throws Died. */
  ask(lines: readonly string[]): readonly string[] {
    return lines.map(line => this.#one(line));
  }

  #one(line: string): string {
    const machine = this.#machine;
    const [op = ''] = line.split(' ', 1);
    const from = machine.printed;
    const watch = new Watch(machine);
    machine.resume();
    machine.type(`${line}\n`);
    let cpu = machine.cpuSeconds();
    for (let idle = 0; ; nap(LOOK)) {
      const said = machine.consoleText(from);
      const answer = ANSWER.exec(said)?.[1];
      if (answer !== undefined) return answer;
      this.#hear(said, op);
      if (watch.stuck('', this.#smp)) this.#dies(`nobody answers a ${op} any more`);
      if (rests(machine.pid)) idle++;
      machine.nudge();
      const enough = /scause|kill|fault/i.test(said) ? TOLD : 1;
      const busy = machine.cpuSeconds() - cpu;
      if (idle < IDLE * enough && busy < BUSY * enough * this.#smp) continue;
      // The agent takes an empty line for the word that whom it waits for is dead.
      machine.type('\n');
      idle = 0;
      cpu = machine.cpuSeconds();
    }
  }

  #hear(said: string, op: string): void {
    if (this.#machine.exited !== undefined) this.#dies(`the machine ended in a ${op}`);
    if (/panic/i.test(said)) this.#dies(panicOf(lastWords(this.#machine), this.#functions));
  }

  #dies(what: string): never {
    throw new Died(what);
  }
}

/** Does no thread of process `pid` want a processor? One that wants it and does not get it does. */
function rests(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every(task => {
      const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1');
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('S');
    });
  } catch {
    return false;
  }
}
