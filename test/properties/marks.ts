// A target whose frames cannot be seen: it shows the exclusive mark and the faults of each op, as some kernels do.
import type { CowMachine } from '../../model/cow/machine.ts';
import { INSPECTS_NOTHING } from '../../spec/inspection.ts';
import { STRIDE, type Tape } from '../../spec/tape.ts';
import type { Capabilities, InspectWhen, Session, Target } from '../../spec/target.ts';
import { EXCLUSIVE, PRESENT, type Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { MODEL_DIALECT, MODEL_SOURCES } from '../../targets/model/dialect.ts';
import { type MachineMaker, MODEL_OPS } from '../../targets/model/session.ts';

/** What it lies about: given what is true, what it shows. */
export interface Lies {
  readonly exclusive?: (truth: boolean, page: number) => boolean;
  readonly faults?: (truth: number) => number;
}

class MarksSession implements Session {
  readonly can: Capabilities;
  readonly #lies: Lies;
  readonly #machine: CowMachine;
  #fresh = true;

  constructor(world: World, maker: MachineMaker, lies: Lies) {
    this.#lies = lies;
    this.#machine = new maker(world, world.processes + 1);
    this.can = {
      ops: MODEL_OPS,
      inspects: { ...INSPECTS_NOTHING, exclusive: true, faults: true },
      dialect: MODEL_DIALECT,
      sources: MODEL_SOURCES,
      frames: this.#machine.memory.data,
      identity: {},
      leftOut: ['frames: this target does not show them'],
    };
  }

  async run(tape: Tape, inspect: InspectWhen, into: Transcript): Promise<void> {
    if (this.#fresh && inspect !== 'none') this.#show(into, 0);
    this.#fresh = false;
    for (let i = 0; i < tape.length; i++) {
      const before = this.#machine.memory.allocations;
      this.#machine.step(tape.words, i * STRIDE, into);
      if (inspect === 'each') this.#show(into, this.#machine.memory.allocations - before);
    }
  }

  #show(into: Transcript, faults: number): void {
    const { layout, memory, spaceOf, frame, bits } = this.#machine;
    spaceOf.forEach((space, process) => into.space(process, space));
    for (const space of new Set(spaceOf.filter(one => one >= 0)))
      for (let page = 0; page < layout.pages; page++) {
        const entry = space * layout.pages + page;
        const present = ((bits[entry] ?? 0) & PRESENT) !== 0;
        const truth =
          present && memory.count[frame[entry] ?? 0] === 1 + (memory.pins[frame[entry] ?? 0] ?? 0);
        const shown = this.#lies.exclusive?.(truth, page) ?? truth;
        into.entry(space, page, -1, present ? PRESENT | (shown ? EXCLUSIVE : 0) : 0);
      }
    into.faults(this.#lies.faults?.(faults) ?? faults);
    into.endSection();
  }

  async reset(): Promise<void> {
    this.#machine.reset();
    this.#fresh = true;
  }

  async close(): Promise<void> {}
}

export function marksTarget(maker: MachineMaker, lies: Lies = {}): Target {
  return { name: 'marks', open: async world => new MarksSession(world, maker, lies) };
}
