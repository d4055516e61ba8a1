// fast-check's view of the generator: an Arbitrary of tapes, and one of plain traces. The only file that imports it.
import fc from 'fast-check';
import { asTrace } from '../spec/parse.ts';
import { tapeOf, type Trace, traceOf } from '../spec/trace.ts';
import { describeOp, type Tape, unpackAll } from '../spec/tape.ts';
import type { World } from '../spec/world.ts';
import { slice, smaller } from './shrink.ts';
import type { WriterOptions } from './generator/pen.ts';
import { TapeWriter } from './generator/writer.ts';

/** Tapes for `world`, written in one go; shrinks with the trace shrinker. */
export class TapeArbitrary extends fc.Arbitrary<Tape> {
  readonly #writer: TapeWriter;
  readonly #options: WriterOptions;

  constructor(world: World, options: WriterOptions) {
    super();
    this.#writer = new TapeWriter(world, options);
    this.#options = options;
  }

  override generate(random: fc.Random): fc.Value<Tape> {
    const tape = this.#writer.write(random.nextInt(), random.nextInt());
    return new fc.Value(
      slice(tape, () => true),
      undefined,
    );
  }

  override canShrinkWithoutContext(value: unknown): value is Tape {
    return typeof value === 'object' && value !== null && 'words' in value && 'names' in value;
  }

  override shrink(tape: Tape): fc.Stream<fc.Value<Tape>> {
    return fc
      .stream(smaller(tape, tape.length - 1, this.#options.ops, this.#options.advice))
      .map(candidate => new fc.Value(candidate, undefined));
  }
}

/** A trace that prints as its ops, one a line, in fast-check's reports. */
function printable(tape: Tape): Trace {
  const trace = traceOf(tape);
  const lines = (): string =>
    `trace of ${trace.ops.length} ops: ${unpackAll(tape).map(describeOp).join('; ')}`;
  return Object.defineProperty({ ...trace }, fc.toStringMethod, { value: lines, enumerable: false });
}

/** Traces as plain data, for use inside any fast-check property. */
export function traceArbitrary(world: World, options: WriterOptions): fc.Arbitrary<Trace> {
  return new TapeArbitrary(world, options).map(printable, value => tapeOf(asTrace(value)));
}
