// A kernel with the agent running in it: lines asked and answered, deaths and hangs noticed, the quiet kernel examined.
import { shownConsole } from './console.ts';
import { told } from './counts.ts';
import { Died, diedAt } from './died.ts';
import type { Elf } from './elf.ts';
import { Kernel, type Proc } from './kernel.ts';
import { Functions, lastWords, panicOf } from './panic.ts';
import type { KernelLayout, Shapes } from './layouts/layout.ts';
import { FLOOD, type Machine } from './machine.ts';
import { Mailbox } from './mailbox.ts';
import { hex, PAGE } from './memory.ts';
import { type Arena, placesOf } from './places.ts';
import type { Seen } from './seen.ts';
import { Examination } from './snapshot.ts';
import { mailboxOf, notStarted, shorten, SWELL } from './start.ts';
import { nap, Watch } from './watch.ts';

/** Looks at the mailbox before the first nap, and naps in ms. */
const SPIN = 40;
const NAPS = [0.05, 0.05, 0.1, 0.1, 0.2];
const LONGEST_NAP = 0.5;
const AGENT_START = 10_000;
/** What a kernel has done that ends a process of ours which keeps to the rules. */
const KILLED = 'the kernel ended a process that did nothing wrong';
/** The rule by which an op ends in bounded time, one way or another, where it is not the system that stands still. */
const BOUNDED: Readonly<Record<string, number>> = { write: 12, kwrite: 13 };
export interface GuestParts {
  readonly machine: Machine;
  /** Of this very machine. */
  readonly kernel: Kernel;
  readonly elf: Elf;
  readonly shapes: Shapes;
  readonly layout: KernelLayout;
  /** The agent's programs. */
  readonly coordinator: Elf;
  readonly worker: Elf;
  readonly smp: number;
  /** Does its read() of a file tell how much was written? */
  readonly isHonest: boolean;
}

export class Guest {
  readonly kernel: Kernel;
  /** The first frame of RAM that was free at the prompt, by index; undefined: not known. */
  readonly lowest: number | undefined;
  readonly examination: Examination;
  readonly #machine: Machine;
  readonly #mailbox: Mailbox;
  readonly #arena: Arena;
  readonly #smp: number;
  readonly #coordinator: number;
  readonly #harness: ReadonlySet<number>;
  readonly #images: string[] = [];
  readonly #functions: Functions;
  #hasReserve = false;
  #heard: number;

  /**
   * The kernel is at its prompt. Throws RigError: the agent does not start. Throws Died: the kernel does not survive that,
   * or ends an agent that has done nothing wrong.
   */
  static start(parts: GuestParts): Guest {
    const { machine, kernel, layout } = parts;
    const lowest = shorten(machine, kernel);
    const from = machine.printed;
    machine.type(`${layout.agent.line}\n`);
    const began = performance.now();
    for (let ran = false; ; ) {
      const pages = mailboxOf(machine, kernel, parts.coordinator);
      if (pages !== undefined) {
        const mailbox = new Mailbox(machine, pages.pages);
        if (mailbox.hasMagic) return new Guest(parts, kernel, mailbox, pages.pid, lowest);
      }
      const said = machine.consoleText(from);
      const end = `the end of the console:\n${shownConsole(said)}`;
      if (/panic/i.test(said)) throw new Died(panicOf(lastWords(machine), new Functions(parts.elf)), end);
      ran ||= kernel.processes().some(({ name }) => name === layout.agent.line);
      // The shell has waited for it.
      const gone = said.endsWith(layout.agent.prompt);
      if (gone && ran && !said.includes(`${layout.agent.line}: `)) throw new Died(KILLED, end);
      if (gone || performance.now() - began > AGENT_START || machine.exited !== undefined)
        throw notStarted(layout, said, gone);
      machine.nudge();
      nap(2);
    }
  }

  private constructor(
    parts: GuestParts,
    kernel: Kernel,
    mailbox: Mailbox,
    coordinator: number,
    lowest: number | undefined,
  ) {
    const { symbols, segments } = parts.worker;
    const at = (name: string): number => symbols.get(name)?.address ?? -1;
    const end = Math.max(...segments.map(({ address, memory }) => address + memory));
    this.kernel = kernel;
    this.lowest = lowest;
    this.examination = new Examination(kernel, told(parts.layout, parts.elf.symbols, parts.shapes));
    this.#machine = parts.machine;
    this.#mailbox = mailbox;
    this.#smp = parts.smp;
    this.#functions = new Functions(parts.elf);
    this.#coordinator = coordinator;
    this.#arena = {
      text: at('text_arena'),
      rodata: at('rodata_arena'),
      data: at('data_arena'),
      bss: at('bss_arena'),
      guard: Math.ceil(end / PAGE) * PAGE,
    };
    this.#harness = new Set(kernel.processes().map(({ pid }) => pid));
    this.#heard = parts.machine.printed;
    mailbox.expect(parts.smp > 1, parts.isHonest);
  }

  /** Bytes on its console so far. */
  get printed(): number {
    return this.#machine.printed;
  }

  /** The letters of image `number`, as the agent was told them. */
  image(number: number, letters: string): void {
    this.#images[number] = letters;
  }

  /** Sends lines, and returns an answer for each. Throws Died. */
  ask(lines: readonly string[]): readonly string[] {
    const answers: string[] = [];
    while (answers.length < lines.length) {
      const rest = lines.slice(answers.length);
      const got = this.#post(rest);
      if (got.length === 0) throw new Error(`the agent answered nothing to ${rest[0]}`);
      answers.push(...got);
    }
    return answers;
  }

  /** Has the agent hold pages for `swell`; where it does not get them there is none. */
  reserve(): void {
    this.#hasReserve = this.ask([`reserve ${SWELL}`])[0] === 'ok';
  }

  /** Makes process `number` larger by SWELL pages, which are then no longer in reserve. False: nothing is changed. */
  swell(number: string): boolean {
    if (!this.#hasReserve || diedAt(this.ask([`swell ${number} ${SWELL}`])[0] ?? '') !== 'ok') return false;
    this.#hasReserve = false;
    return true;
  }

  /** Makes process `number` as it was before `swell`. */
  unswell(number: string): void {
    diedAt(this.ask([`swell ${number} ${-SWELL}`])[0] ?? '');
  }

  /** Lets everybody finish what is under way, and examines the kernel. Throws Died if somebody never comes to rest. */
  examine(after: string): Seen & { readonly entries: ReturnType<Mailbox['entries']> } {
    for (;;) {
      const seen = this.#quietly(after);
      if (seen.quiet) return seen;
    }
  }

  #quietly(after: string): Seen & { readonly entries: ReturnType<Mailbox['entries']> } {
    this.#settle(after);
    this.#mailbox.refresh();
    const entries = this.#mailbox.entries();
    const sizes = new Map(this.kernel.processes().map(({ pid, size }) => [pid, size]));
    const tests = entries.map(({ pid, image, heap }) => {
      const size = sizes.get(pid) ?? 0;
      const start = size > 0 ? Math.ceil(size / PAGE) * PAGE - heap * PAGE : this.#arena.guard + 2 * PAGE;
      return { pid, ...placesOf(this.#images[image] ?? '', this.#arena, start) };
    });
    const seen = this.examination.take({
      polling: this.#coordinator,
      tests,
      harness: this.#harness,
    });
    return { ...seen, entries };
  }

  /** Frames on the free list, once everybody is at rest; undefined: not known. */
  free(after: string): number | undefined {
    return this.examine(after).free;
  }

  #post(lines: readonly string[]): readonly string[] {
    const mailbox = this.#mailbox;
    mailbox.post(`${lines.join('\n')}\n`);
    this.#machine.resume();
    const watch = new Watch(this.#machine);
    for (let look = 0; ; look++) {
      mailbox.refresh();
      if (mailbox.isAnswered) {
        // The coordinator would only wait for the next request, and take the processor from us.
        this.#machine.pause();
        return mailbox.answers();
      }
      if (look < SPIN) continue;
      const line = lines[Math.min(mailbox.lines, lines.length - 1)] ?? '';
      if (watch.due()) this.#look(watch, `${mailbox.lines} ${mailbox.waiting}`, this.#wordOf(line));
      nap(NAPS[look - SPIN] ?? LONGEST_NAP);
    }
  }

  /** What may have gone wrong while an answer is waited for. */
  #look(watch: Watch, progress: string, op: string): void {
    this.#hear(op);
    const processes = this.kernel.processes();
    const coordinator = processes.find(({ pid }) => pid === this.#coordinator);
    if (coordinator === undefined || coordinator.state === 'ended') this.#dies(KILLED, coordinator);
    const waited = this.#waited(processes);
    const dead = waited.find(([, proc]) => proc === undefined || proc.state === 'ended');
    if (dead !== undefined && this.#mailbox.mourn(dead[0])) this.#machine.type('\n');
    else this.#machine.nudge();
    if (!watch.stuck(progress, this.#smp, op, dead?.[0])) return;
    if (dead !== undefined) this.#dies(`a process ended in its ${op}, and no other goes on`, dead[1]);
    const [, who] = waited.find(([, proc]) => proc !== undefined) ?? [];
    if (who === undefined || (who.state !== 'ready' && who.state !== 'running'))
      this.#dies(`a process sleeps for ever in its ${op}`, who);
    this.#dies(`a process never comes back from its ${op}`, who, BOUNDED[op]);
  }

  /** The processes that the agent waits for: their ids, and what the kernel knows of them. */
  #waited(processes: readonly Proc[]): readonly (readonly [pid: number, proc: Proc | undefined])[] {
    const { waiting, pids } = this.#mailbox;
    return pids.flatMap((pid, slot) =>
      pid !== 0 && ((waiting >>> slot) & 1) === 1
        ? [[pid, processes.find(proc => proc.pid === pid)] as const]
        : [],
    );
  }

  /** Listens to the console for a kernel's last words. */
  #hear(op: string): void {
    const machine = this.#machine;
    if (machine.exited !== undefined) this.#dies(`the machine ended in a ${op}`, undefined);
    const { printed } = machine;
    if (printed === this.#heard) return;
    if (printed - this.#heard > FLOOD) this.#dies('it floods its console', undefined);
    if (/panic/i.test(machine.consoleText(Math.max(0, this.#heard - 8))))
      this.#dies(panicOf(lastWords(machine), this.#functions), undefined);
    this.#heard = printed;
  }

  #dies(what: string, who: Proc | undefined, rule?: number): never {
    const console = `the end of the console:\n${shownConsole(this.#machine.consoleTail(2000))}`;
    // Last, where it is not cut off.
    const at = who === undefined ? '' : `\nprocess ${who.pid} (${who.state}) ${this.#registers(who)}`;
    throw new Died(what, console + at, rule);
  }

  /** Where a process was in its program. */
  #registers({ trapframe }: Proc): string {
    try {
      return trapframe === 0 ? '' : `was last at ${hex(this.#machine.address(trapframe + 24))}`;
    } catch {
      return '';
    }
  }

  #settle(after: string): void {
    const watch = new Watch(this.#machine);
    while (!this.kernel.quiescent(this.#coordinator)) {
      if (this.#smp === 1) this.#post(['rest']);
      else {
        this.#machine.resume();
        nap(0.1);
      }
      if (!watch.due()) continue;
      this.#hear(after);
      this.#machine.nudge();
      if (watch.stuck('', this.#smp)) {
        const busy = this.kernel
          .processes()
          .find(({ pid, state }) => pid !== this.#coordinator && (state === 'ready' || state === 'running'));
        this.#dies(`a process never comes to rest after a ${after}`, busy);
      }
    }
  }

  /** What a line asks for: its op, or a jump, as which the agent does a read of two bytes at an edge. */
  #wordOf(line: string): string {
    const [op = '', , page, , length] = line.split(' ');
    const outside = Number(page) >= (this.#images[0]?.length ?? Number.POSITIVE_INFINITY);
    return op === 'read' && outside && length === '2' ? 'jump' : op;
  }
}
