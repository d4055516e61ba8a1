// Runs one schedule: lets one hart run at a time, and holds it at the right instruction.
import type { CountShape } from '../counts.ts';
import { Died } from '../died.ts';
import { Watch } from '../watch.ts';
import type { Code } from './atomics.ts';
import { HARTS } from './booted.ts';
import type { Point } from './gdb.ts';
import type { RaceGuest, Start } from './guest.ts';
import { Discarded, type Happening, type Role } from './happening.ts';
import type { Registers, Stop } from './packets.ts';
import { codeAt, Points } from './points.ts';
import type { Hold } from './race.ts';

/** Milliseconds between looks at a hart that says nothing. */
const LOOK = 4;
/** Looks in a row after which a hart is stopped to see what it does. */
const PATIENT = 2;
/** Looks in a row at which a racer sleeps, after which it waits for somebody. */
const ASLEEP = 8;
/** Times that it is seen how a lock is taken after each access, and accesses of one racer in all. */
const GATES = 3;
const MOST = 200;

/** What became of the first racer when it was let run. */
type Pause = 'held' | 'waits' | 'ended';

/** Of one run. */
export class Scheduler {
  readonly #guest: RaceGuest;
  readonly #code: Code;
  readonly #done: number;
  readonly #points: Points;
  readonly #start: Start;
  readonly #happenings: Happening[] = [];
  readonly #touched: [number, number] = [0, 0];
  readonly #gates: [number, number] = [0, 0];
  readonly #ended: [boolean, boolean] = [false, false];
  readonly #killed: [boolean, boolean] = [false, false];
  /** Told to stop in the moment in which it met a watchpoint, QEMU forgets to tell, and would tell the next one too late. */
  readonly #untold: [boolean, boolean] = [false, false];
  readonly #seen: Hold[] = [];

  constructor(guest: RaceGuest, code: Code, start: Start, counts: CountShape) {
    this.#guest = guest;
    this.#code = code;
    this.#start = start;
    this.#points = new Points(guest, code, start.frame, counts);
    this.#done = guest.symbol('done');
  }

  /** What has happened so far, also when the run threw. */
  get happenings(): readonly Happening[] {
    return this.#happenings;
  }

  /** Where the first racer can be held, as far as it was seen; of a run with nobody held, all places. */
  get points(): readonly Hold[] {
    return this.#seen;
  }

  /**
   * Runs the two racers from their start to the end of their ops, each alone, the holds as given; the machine then stands
   * still, with no point set. True: the first hold was reached, if there was one. Throws Died, Discarded if it proves nothing, RigError.
   */
  async run(holds: readonly Hold[]): Promise<boolean> {
    await this.#points.arm(this.#done);
    try {
      return await this.#perform(holds);
    } finally {
      if (this.#guest.machine.exited === undefined && !this.#guest.gdb.running) await this.#points.disarm();
    }
  }

  /** The holds may name fewer racers than there are: the others are let run. */
  async #perform(holds: readonly Hold[]): Promise<boolean> {
    const watchGates = holds.length === 0;
    this.#go(0);
    const first = await this.#advance(0, holds[0], watchGates);
    this.#go(1);
    await this.#advance(1, first === 'held' ? holds[1] : undefined, false);
    for (let turn = 0; !this.#ended.every(Boolean); turn++) {
      const role = (turn % 2) as Role;
      if (this.#ended[role]) continue;
      const pause = await this.#advance(role, undefined, false);
      // Who waits for somebody who waits for it, or for an interrupt of the other hart: all go on.
      if (pause === 'waits' && turn > 3) await this.#together();
    }
    return holds.length === 0 || first === 'held';
  }

  /** Lets both racers go, whatever came of the last run. */
  release(): void {
    this.#go(0);
    this.#go(1);
  }

  #go(role: Role): void {
    this.#guest.machine.writeU32(this.#start.go[role], 1);
  }

  /** Lets one racer run until it is where it is to be held, waits for another, or has ended. */
  async #advance(role: Role, hold: Hold | undefined, watchGates: boolean): Promise<Pause> {
    const { gdb } = this.#guest;
    const hart = this.#start.harts[role];
    for (const watch = new Watch(this.#guest.machine); !this.#ended[role]; ) {
      await this.#watchLocks(role, hold, watchGates);
      gdb.resume([hart]);
      let quiet = 0;
      let stop: Stop | undefined;
      for (;;) {
        stop = await gdb.stopped(LOOK);
        if (stop !== undefined) break;
        const why = await this.#look(role, ++quiet);
        if (why === 'stopped') break;
        if (why !== 'runs') return why;
        if (watch.stuck(String(this.#happenings.length), 1)) {
          await gdb.halt();
          throw new Died('a process never comes back from an op that raced');
        }
      }
      const pause = await this.#met(role, hart, hold, watchGates, stop);
      if (pause !== undefined) return pause;
    }
    return 'ended';
  }

  /** Whether the next lock that is taken matters. */
  async #watchLocks(role: Role, hold: Hold | undefined, watchGates: boolean): Promise<void> {
    const { takesLock } = this.#code;
    if (takesLock === undefined) return;
    const touched = this.#touched[role];
    const wanted =
      (hold !== undefined && hold.gate > 0 && touched === hold.touch) ||
      (watchGates && touched > 0 && this.#gates[role] < GATES);
    const isSet = this.#points.has(takesLock);
    if (wanted && !isSet) await this.#points.set(codeAt(takesLock));
    if (!wanted && isSet) await this.#points.clear(codeAt(takesLock));
  }

  /** What a racer that says nothing is doing. */
  async #look(role: Role, quiet: number): Promise<Pause | 'runs' | 'stopped'> {
    const { gdb, kernel, machine } = this.#guest;
    this.#guest.listen();
    const proc = kernel.processes().find(({ pid }) => pid === this.#start.pids[role]);
    if (proc === undefined || proc.state === 'ended') {
      // It has ended, and its hart still holds the lock that it ends with.
      if ((await gdb.stopped(LOOK)) === undefined) await gdb.halt();
      this.#kills(role);
      return 'ended';
    }
    if (quiet < PATIENT) return 'runs';
    if (proc.state === 'sleeping') {
      // Only now: what comes on the console interrupts an op and takes locks in it.
      machine.nudge();
      if (quiet < ASLEEP) return 'runs';
      await gdb.halt();
      return this.#waits(role, 0, undefined, false);
    }
    const hart = this.#start.harts[role];
    const stop = await gdb.halt();
    if (!stop.asked) return 'stopped';
    const registers = await gdb.registers(hart);
    const { pc } = registers;
    if (this.#points.wordAt(registers) !== undefined) {
      this.#untold[role] = true;
      return 'stopped';
    }
    if (this.#code.takingLock(pc) || quiet > 8) {
      const lock = await this.#points.spinsOn(hart);
      if (lock !== undefined) {
        const name = this.#code.objectAt(lock) ?? `0x${lock.toString(16)}`;
        return this.#waits(role, pc, name, this.#code.isBeside(lock));
      }
    }
    gdb.resume([hart]);
    return 'runs';
  }

  #kills(role: Role): void {
    this.#ended[role] = true;
    this.#killed[role] = true;
    this.#happenings.push({ kind: 'killed', role });
  }

  #waits(role: Role, pc: number, lock: string | undefined, beside: boolean): Pause {
    const last = this.#happenings.findLast(one => one.role === role);
    if (last?.kind !== 'waits') this.#happenings.push({ kind: 'waits', role, pc, lock, beside });
    return 'waits';
  }

  /** What a hart stopped for; undefined: it may go on. */
  async #met(
    role: Role,
    hart: number,
    hold: Hold | undefined,
    watchGates: boolean,
    stop: Stop | undefined,
  ): Promise<Pause | undefined> {
    const { gdb } = this.#guest;
    const registers = await gdb.registers(hart);
    const { pc } = registers;
    if (pc === this.#done) return this.#finished(role, registers, hart);
    if (pc === this.#code.takesLock && this.#points.has(pc))
      return this.#gate(role, hart, registers, hold, watchGates);
    const word = this.#points.wordAt(registers);
    if (word !== undefined) return this.#touch(role, hart, pc, word, hold);
    if (stop?.watched !== undefined)
      throw new Discarded(`a hart stopped at 0x${pc.toString(16)}, behind its access`);
    // Else an atomic instruction on something else, or a stop that QEMU owed from before.
    if (this.#code.atomics.includes(pc)) await this.#points.over(hart, [codeAt(pc)]);
    return undefined;
  }

  async #touch(
    role: Role,
    hart: number,
    pc: number,
    word: Point,
    hold: Hold | undefined,
  ): Promise<Pause | undefined> {
    const number = this.#touched[role] + 1;
    if (hold !== undefined && hold.gate === 0 && number === hold.touch) {
      this.#happenings.push({ kind: 'held', role, pc });
      return 'held';
    }
    if (number > MOST) throw new Discarded(`more than ${MOST} accesses`);
    const before = this.#points.valueOf(word);
    const access = this.#points.accessAt(pc) ?? 'reads';
    if (!(await this.#told(role, hart, pc))) await this.#points.overAccess(hart, pc);
    this.#touched[role] = number;
    this.#gates[role] = 0;
    if (role === 0) this.#seen.push({ touch: number, gate: 0 });
    this.#happenings.push({
      kind: 'touch',
      role,
      word: this.#points.isCount(word) ? 'count' : 'frame',
      access,
      pc,
      before,
      after: this.#points.valueOf(word),
    });
    return undefined;
  }

  /** Lets QEMU tell what it forgot to: true if that took the hart past its access. */
  async #told(role: Role, hart: number, pc: number): Promise<boolean> {
    if (!this.#untold[role]) return false;
    this.#untold[role] = false;
    await this.#guest.gdb.step(hart);
    return (await this.#guest.gdb.registers(hart)).pc !== pc;
  }

  async #gate(
    role: Role,
    hart: number,
    { x, pc }: Registers,
    hold: Hold | undefined,
    watchGates: boolean,
  ): Promise<Pause | undefined> {
    if (!this.#code.isBeside(x[10] ?? 0)) {
      const gate = ++this.#gates[role];
      if (watchGates) this.#seen.push({ touch: this.#touched[role], gate });
      if (hold !== undefined && gate === hold.gate) {
        this.#happenings.push({ kind: 'held', role, pc: x[1] ?? pc });
        await this.#points.clear(codeAt(pc));
        return 'held';
      }
    }
    await this.#points.over(hart, [codeAt(pc)]);
    return undefined;
  }

  /** Somebody came to the end of an op: perhaps the other racer, whom this hart took over at a tick of the clock. */
  async #finished(role: Role, registers: Registers, hart: number): Promise<Pause | undefined> {
    const who = this.#guest.roleOf(registers);
    if ((who === 0 || who === 1) && !this.#ended[who]) {
      this.#ended[who] = true;
      const result = registers.x[10] ?? 0;
      this.#happenings.push({ kind: 'done', role: who, result: result >= 2 ** 63 ? -1 : result });
    }
    if (who === role) return 'ended';
    await this.#points.over(hart, [codeAt(this.#done)]);
    return undefined;
  }

  /** All harts run for a moment, and whoever comes to its end there has ended. */
  async #together(): Promise<void> {
    const { gdb, kernel, machine } = this.#guest;
    await this.#points.disarm(this.#done);
    for (const watch = new Watch(machine); !this.#ended.every(Boolean); ) {
      gdb.resume(this.#start.harts.filter((_, role) => !this.#ended[role] || this.#killed[role]));
      const stop = await gdb.stopped(LOOK);
      if (stop === undefined) {
        this.#guest.listen();
        await gdb.halt();
      }
      for (const role of [0, 1] as const) {
        if (this.#ended[role]) continue;
        for (const hart of this.#start.harts) {
          const registers = await gdb.registers(hart);
          if (registers.pc === this.#done) await this.#finished(role, registers, hart);
        }
        const proc = kernel.processes().find(({ pid }) => pid === this.#start.pids[role]);
        if (!this.#ended[role] && (proc === undefined || proc.state === 'ended')) this.#kills(role);
      }
      if (watch.stuck('', HARTS)) throw new Died('two processes that raced wait for each other for ever');
    }
  }
}
