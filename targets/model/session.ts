// The built-in COW model, or a mutant of it, as a target in this process.
import { CowMachine } from '../../model/cow/machine.ts';
import { SITES } from '../../model/cow/memory.ts';
import { showStart } from '../../model/cow/show.ts';
import { ADVICE, type OpName } from '../../spec/op.ts';
import * as packed from '../../spec/tape.ts';
import type { Tape } from '../../spec/tape.ts';
import type { Capabilities, InspectWhen, Session, Target } from '../../spec/target.ts';
import { TargetDied } from '../../spec/target.ts';
import type { Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { MODEL_DIALECT, MODEL_SOURCES } from './dialect.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { STRIDE } = packed;

export const MODEL_OPS: readonly OpName[] = [
  'fork',
  'vfork',
  'exec',
  'exit',
  'wait',
  'kill',
  'read',
  'write',
  'kread',
  'kwrite',
  'mmap',
  'munmap',
  'mprotect',
  'sbrk',
  'madvise',
  'mremap',
  'pin',
  'unpin',
  'dma',
  'swapout',
  'swapin',
  'merge',
  'unmerge',
  'split',
  'collapse',
  'failalloc',
];

/** Makes the machine under test: the model itself, or a mutant. */
export type MachineMaker = new (world: World, names: number) => CowMachine;

class ModelSession implements Session {
  readonly can: Capabilities;
  readonly #world: World;
  readonly #maker: MachineMaker;
  #machine: CowMachine;
  #fresh = true;
  /** Process numbers the machine has room for. */
  #names: number;

  constructor(world: World, maker: MachineMaker) {
    this.#world = world;
    this.#maker = maker;
    this.#names = world.processes + 1;
    this.#machine = new maker(world, this.#names);
    this.can = {
      ops: MODEL_OPS,
      advice: ADVICE,
      inspects: {
        frame: true,
        writable: true,
        exclusive: false,
        executable: true,
        copyOnWrite: true,
        count: true,
        free: true,
        contents: true,
        totals: true,
        faults: false,
        pins: true,
      },
      dialect: MODEL_DIALECT,
      sources: MODEL_SOURCES,
      frames: this.#machine.memory.data,
      processes: world.processes,
      sites: SITES,
      identity: { kind: 'in process' },
      leftOut: [],
    };
  }

  async run(tape: Tape, inspect: InspectWhen, into: Transcript): Promise<void> {
    if (tape.names.length > this.#names) {
      this.#names = tape.names.length;
      this.#machine = new this.#maker(this.#world, this.#names);
      this.#fresh = true;
    }
    const machine = this.#machine;
    if (this.#fresh) {
      if (inspect !== 'none') showStart(machine, into);
      machine.forget();
      this.#fresh = false;
    }
    const { words } = tape;
    const last = tape.length - 1;
    for (let i = 0; i <= last; i++) {
      try {
        machine.step(words, i * STRIDE, into);
      } catch (cause) {
        throw new TargetDied(`the model panicked: ${(cause as Error).message}`, i);
      }
      if (inspect === 'each' || (inspect === 'last' && i === last)) {
        into.changes(machine);
        machine.forget();
      } else if (inspect === 'none') machine.forget();
    }
  }

  async reset(): Promise<void> {
    this.#machine.reset();
    this.#fresh = true;
  }

  async close(): Promise<void> {}
}

/** A target around a machine; `name` is what reports call it. */
export function modelTarget(name = 'model', maker: MachineMaker = CowMachine): Target {
  return {
    name,
    limits: { countBits: true },
    open: async world => new ModelSession(world, maker),
  };
}
