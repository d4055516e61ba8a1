// The fast-check door: an Arbitrary of traces to use inside any property.
import type fc from 'fast-check';
import { traceArbitrary } from './properties/arbitrary.ts';
import type { Profile } from './properties/generator/profile.ts';
import type { OpName } from './spec/op.ts';
import type { Trace } from './spec/trace.ts';
import type { World } from './spec/world.ts';
import { MODEL_OPS } from './targets/model/session.ts';

export interface TracesOptions {
  /** Ops to use; default: those of the built-in model. */
  readonly ops?: readonly OpName[];
  /** Default `base`. */
  readonly profile?: Profile;
  /** Most ops before the closing ones; default 50. */
  readonly maxOps?: number;
}

/** Traces in `world`, as plain data. They follow the state of the family, shrink as traces do, and print as their ops. */
export function traces(world: World, options: TracesOptions = {}): fc.Arbitrary<Trace> {
  return traceArbitrary(world, {
    ops: options.ops ?? MODEL_OPS,
    profile: options.profile ?? 'base',
    maxOps: options.maxOps ?? 50,
    refusalKills: true,
    readBack: true,
  });
}
