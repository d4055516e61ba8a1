// A kernel on two harts with the racing agent in it: brings two racers to their start, examines what they left, and ends the round.
import { setTimeout as sleep } from 'node:timers/promises';
import { RigError } from '../../../spec/target.ts';
import { shownConsole } from '../console.ts';
import { Died } from '../died.ts';
import type { Elf } from '../elf.ts';
import type { Kernel, Proc } from '../kernel.ts';
import type { Machine } from '../machine.ts';
import { PAGE } from '../memory.ts';
import { Functions, panicOf } from '../panic.ts';
import type { Examination } from '../snapshot.ts';
import { Space } from '../walk.ts';
import { Watch } from '../watch.ts';
import { type Booted, booted, HARTS, type RaceOptions } from './booted.ts';
import { type Gdb, MachineGone } from './gdb.ts';
import type { Registers } from './packets.ts';
import type { Race } from './race.ts';

const RACER = 0x52ac_0000;
const MAGIC = 0x6563_6172_6563_6172n;
/** Where the agent's box has what: the host and agents/xv6/racer.c must agree. */
const BOX = { magic: 0, go: 8, rounds: 12, ended: 16, page: 24, pid: 32 } as const;
const AGENT_START = 10_000;
const LAST_WORDS = 30;
/** Free frames below which a round might meet the end of memory by itself. */
const SHORT = 200;

/** Two racers, each on a hart of its own, about to be let go; the machine stands still. */
export interface Start {
  /** By role: which hart, and the physical address of the word that lets it go. */
  readonly harts: readonly [number, number];
  readonly go: readonly [number, number];
  readonly pids: readonly [number, number];
  /** The frame that is raced for: its index from the start of RAM. */
  readonly frame: number;
  /** Virtual address of its page, in all that have it. */
  readonly page: number;
}

export class RaceGuest {
  readonly machine: Machine;
  readonly gdb: Gdb;
  readonly kernel: Kernel;
  readonly elf: Elf;
  readonly examination: Examination;
  readonly #racer: Elf;
  readonly #functions: Functions;
  readonly #space: Space;
  #parent = 0;
  #rounds = 0;
  #ended = 0;
  #heard = 0;
  #population = 0;

  /** Boots it. `started` hears of the machine at once, so that it can be ended. Throws RigError. */
  static async start(options: RaceOptions, started: (machine: Machine) => void): Promise<RaceGuest> {
    const guest = new RaceGuest(await booted(options, started));
    try {
      await guest.#arrive();
    } catch (cause) {
      if (!(cause instanceof Died)) throw cause;
      throw new RigError(
        'xv6-agent',
        `the kernel does not survive the start of the racing agent: ${cause.message}; ${cause.detail}`,
        'search it first with: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img',
      );
    }
    return guest;
  }

  private constructor({ machine, gdb, kernel, elf, examination, racer }: Booted) {
    this.machine = machine;
    this.gdb = gdb;
    this.kernel = kernel;
    this.elf = elf;
    this.examination = examination;
    this.#racer = racer;
    this.#functions = new Functions(elf);
    this.#space = new Space(kernel.memory, kernel.firstFrame);
  }

  /** Starts the agent, and takes what it and the system have as the baseline. */
  async #arrive(): Promise<void> {
    const { machine, kernel } = this;
    const from = machine.printed;
    machine.type('race\n');
    for (const began = performance.now(); this.#parent === 0; await sleep(2)) {
      this.#hear();
      machine.nudge();
      const proc = kernel.processes().find(({ name }) => name === 'race');
      const box = proc === undefined ? -1 : this.physical(proc, this.symbol('box'));
      if (box > 0 && machine.u64(box) === MAGIC) this.#parent = proc?.pid ?? 0;
      else if (performance.now() - began > AGENT_START || machine.exited !== undefined)
        throw new RigError(
          'xv6-agent',
          `the racing agent did not start in ${AGENT_START / 1000} s after "race" was typed at the prompt; the console says:\n${shownConsole(machine.consoleText(from))}`,
          'see that the kernel runs the programs of its own fs.img, such as ls, from its shell',
        );
    }
    await this.gdb.attach();
    this.#heard = machine.printed;
    await this.settle('start');
    this.#population = kernel.processes().length;
    this.examine();
    this.examination.rebase();
  }

  symbol(name: string): number {
    const found = this.#racer.symbols.get(name);
    if (found === undefined) throw new Error(`the racing agent has no symbol ${name}`);
    return found.address;
  }

  /** Physical address of a user's address; -1: nothing is mapped there. */
  physical({ root, pid }: Pick<Proc, 'root' | 'pid'>, va: number): number {
    if (root === 0) return -1;
    this.#space.read(root, `process ${pid}`);
    const leaf = this.#space.leaf(Math.floor(va / PAGE));
    return leaf < 0 ? -1 : this.kernel.memory.base + (this.#space.frames[leaf] ?? 0) * PAGE + (va % PAGE);
  }

  /** A word of the parent's box, which moves to another frame whenever the parent stores to it after a fork. */
  #box(at: number): number {
    const parent = this.kernel.processes().find(({ pid }) => pid === this.#parent);
    const box = parent === undefined ? -1 : this.physical(parent, this.symbol('box'));
    return box < 0 ? -1 : this.machine.u32(box + at);
  }

  /** The role of the racer that a hart with these registers runs; -1: it runs none. */
  roleOf({ x }: Registers): number {
    const role = (x[19] ?? 0) - RACER;
    return role === 0 || role === 1 ? role : -1;
  }

  /** Brings a race to its start. Throws Died if the kernel does not survive that, RigError if it shares no frame. */
  async begin({ ops, kept }: Race): Promise<Start> {
    const { machine, gdb } = this;
    this.#rounds++;
    gdb.resume();
    machine.type(`${ops.join('')}${kept ? 1 : 0}\n`);
    const spin = this.symbol('spin');
    const spun = this.symbol('spun');
    for (const watch = new Watch(machine); ; ) {
      if (this.#box(BOX.rounds) === this.#rounds && this.#waits(ops)) {
        await gdb.halt();
        const seen = [await gdb.registers(0), await gdb.registers(1)] as const;
        const roles = seen.map(each => (each.pc >= spin && each.pc < spun ? this.roleOf(each) : -1));
        const harts = [roles.indexOf(0), roles.indexOf(1)] as const;
        if (harts[0] >= 0 && harts[1] >= 0 && this.#sleepers()) return this.#ready([harts[0], harts[1]]);
        gdb.resume();
      }
      this.#hear();
      if (watch.stuck('', HARTS)) throw this.#stuck('the race is never set up');
      machine.nudge();
      await sleep(0.5);
    }
  }

  /** Have the children that are to be buried ended? */
  #waits(ops: Race['ops']): boolean {
    const ended = this.kernel.processes().filter(({ state }) => state === 'ended').length;
    return ended >= ops.filter(letter => letter === 'R').length;
  }

  /** Does everybody but the two racers sleep? */
  #sleepers(): boolean {
    const awake = this.kernel.processes().filter(({ state }) => state !== 'sleeping' && state !== 'ended');
    return awake.length === 2 && awake.every(({ state }) => state === 'running');
  }

  #ready(harts: readonly [number, number]): Start {
    const { kernel } = this;
    const pids = [this.#box(BOX.pid), this.#box(BOX.pid + 4)] as const;
    const page = this.#box(BOX.page);
    const processes = kernel.processes();
    const box = this.symbol('box');
    const go = pids.map(pid => {
      const proc = processes.find(each => each.pid === pid);
      return (proc === undefined ? -1 : this.physical(proc, box)) + BOX.go;
    });
    const frames = this.family(processes).map(proc => this.physical(proc, page));
    const [frame = -1, ...others] = [...new Set(frames.filter(pa => pa >= 0))];
    if (frame < 0 || go.some(pa => pa < BOX.go)) throw this.#stuck('a racer has no page to race for');
    if (others.length > 0)
      throw new RigError(
        'xv6-no-sharing',
        'fork shares no frame in this kernel: each process has a copy of the page at once, so there is no count to race for',
        'races are for copy-on-write kernels; search this one with: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img',
      );
    return {
      harts,
      go: [go[0] ?? 0, go[1] ?? 0],
      pids,
      frame: (frame - kernel.memory.base) / PAGE,
      page,
    };
  }

  /** The parent and all below it. */
  family(processes: readonly Proc[]): readonly Proc[] {
    const bySlot = new Map(processes.map(proc => [proc.slot, proc]));
    const within = (proc: Proc | undefined, depth: number): boolean =>
      proc !== undefined &&
      depth < 6 &&
      (proc.pid === this.#parent || within(bySlot.get(proc.parent), depth + 1));
    return processes.filter(proc => within(proc, 0));
  }

  get parent(): number {
    return this.#parent;
  }

  /** Lets all run until nobody has anything to do; the machine then stands still. Throws Died if that never comes. */
  async settle(after: string): Promise<void> {
    const { gdb, kernel, machine } = this;
    if (!gdb.running) gdb.resume();
    for (const watch = new Watch(machine); ; await sleep(0.3)) {
      if (kernel.quiescent(-1)) {
        await gdb.halt();
        if (kernel.quiescent(-1)) return;
        gdb.resume();
      }
      this.#hear();
      if (watch.stuck('', HARTS)) throw this.#stuck(`a process never comes to rest after the ${after}`);
      machine.nudge();
    }
  }

  /** Of a quiet kernel. */
  examine(): ReturnType<Examination['take']> {
    return this.examination.take({ tests: [] });
  }

  /** Takes what is lost as lost. False: too little memory is left to go on. Of a quiet kernel. */
  goesOn(): boolean {
    const { free = 0 } = this.examine();
    this.examination.rebase();
    return free >= SHORT;
  }

  /** Ends the round: all of it are buried. True: all is as it was before the first. Throws Died. */
  async end(): Promise<boolean> {
    const { gdb, machine, kernel } = this;
    this.#ended++;
    gdb.resume();
    machine.type('.\n');
    for (const watch = new Watch(machine); this.#box(BOX.ended) !== this.#ended; await sleep(0.3)) {
      this.#hear();
      if (watch.stuck('', HARTS)) throw this.#stuck('the race never ends');
      machine.nudge();
    }
    await this.settle('end');
    return kernel.processes().length === this.#population;
  }

  /** Listens for a kernel's last words. Throws Died. */
  #hear(): void {
    const { machine } = this;
    if (machine.exited !== undefined) throw new MachineGone(machine.exited);
    const { printed } = machine;
    if (printed === this.#heard) return;
    const text = machine.consoleText(Math.max(0, this.#heard - 8));
    if (/panic/i.test(text)) {
      const until = performance.now() + LAST_WORDS;
      while (performance.now() < until) continue;
      throw new Died(
        panicOf(machine.consoleText(Math.max(0, this.#heard - 8)), this.#functions),
        this.#tail(),
      );
    }
    this.#heard = printed;
  }

  /** Has it panicked? Throws Died. */
  listen(): void {
    this.#hear();
  }

  #stuck(what: string): Died {
    return new Died(what, this.#tail());
  }

  #tail(): string {
    return `the end of the console:\n${shownConsole(this.machine.consoleTail(2000))}`;
  }
}
