// The peer: the job as a `fc.commands` test, the way fast-check's documentation teaches it.
import fc from 'fast-check';
import { type Contender, MAX_OPS } from './job.ts';
import { compare, CowMemory, EagerMemory, IMAGES, PAGE_SIZE, PAGES, PROCESSES, scan } from './plain.ts';

let performed = 0;

abstract class OnProcess implements fc.Command<EagerMemory, CowMemory> {
  readonly process: number;
  constructor(process: number) {
    this.process = process;
  }

  check(model: Readonly<EagerMemory>): boolean {
    return model.processes[this.process] !== undefined;
  }

  run(model: EagerMemory, real: CowMemory): void {
    const other = this.perform(model, real);
    compare(model, real, this.process);
    if (other >= 0) compare(model, real, other);
    scan(real);
    performed++;
  }

  /** Does it on both sides; the slot of a second process it touched, or -1. */
  abstract perform(model: EagerMemory, real: CowMemory): number;
}

class Fork extends OnProcess {
  override perform(model: EagerMemory, real: CowMemory): number {
    const child = model.processes.indexOf(undefined);
    if (real.fork(this.process) !== child) throw new Error('fork made another child');
    if (child >= 0) model.processes[child] = model.processes[this.process]!.slice();
    return child;
  }

  override toString(): string {
    return `fork(${this.process})`;
  }
}

class Write extends OnProcess {
  readonly at: number;
  readonly value: number;
  constructor(process: number, at: number, value: number) {
    super(process);
    this.at = at;
    this.value = value;
  }

  override perform(model: EagerMemory, real: CowMemory): number {
    model.processes[this.process]![this.at] = this.value;
    real.write(this.process, this.at, this.value);
    return -1;
  }

  override toString(): string {
    return `write(${this.process}, ${this.at}, ${this.value})`;
  }
}

class Read extends OnProcess {
  readonly at: number;
  constructor(process: number, at: number) {
    super(process);
    this.at = at;
  }

  override perform(model: EagerMemory, real: CowMemory): number {
    if (real.read(this.process, this.at) !== model.processes[this.process]![this.at])
      throw new Error('read returned another byte');
    return -1;
  }

  override toString(): string {
    return `read(${this.process}, ${this.at})`;
  }
}

class Exec extends OnProcess {
  readonly image: number;
  constructor(process: number, image: number) {
    super(process);
    this.image = image;
  }

  override perform(model: EagerMemory, real: CowMemory): number {
    model.processes[this.process] = IMAGES[this.image]!.slice();
    real.exec(this.process, this.image);
    return -1;
  }

  override toString(): string {
    return `exec(${this.process}, ${this.image})`;
  }
}

class Exit extends OnProcess {
  /** The last process stays: without it no later command could run. */
  override check(model: Readonly<EagerMemory>): boolean {
    return super.check(model) && model.processes.filter(bytes => bytes !== undefined).length > 1;
  }

  override perform(model: EagerMemory, real: CowMemory): number {
    model.processes[this.process] = undefined;
    real.exit(this.process);
    return -1;
  }

  override toString(): string {
    return `exit(${this.process})`;
  }
}

const process = fc.nat({ max: PROCESSES - 1 });
const at = fc.nat({ max: PAGES * PAGE_SIZE - 1 });
const commands = fc.commands(
  [
    process.map(by => new Fork(by)),
    fc.tuple(process, at, fc.nat({ max: 255 })).map(([by, where, value]) => new Write(by, where, value)),
    fc.tuple(process, at).map(([by, where]) => new Read(by, where)),
    fc.tuple(process, fc.nat({ max: IMAGES.length - 1 })).map(([by, image]) => new Exec(by, image)),
    process.map(by => new Exit(by)),
  ],
  { maxCommands: MAX_OPS, size: 'max' },
);

/** Only commands that pass their `check` count. */
export function commandsContender(runs: number): Contender {
  return {
    async round(seed) {
      const before = performed;
      const setup = (): { model: EagerMemory; real: CowMemory } => ({
        model: new EagerMemory(),
        real: new CowMemory(),
      });
      fc.assert(
        fc.property(commands, sequence => fc.modelRun(setup, sequence)),
        { numRuns: runs, seed },
      );
      return performed - before;
    },
  };
}
