// Targets that are wrong in ways no mutant is: the built-in model behind a session that interferes.
import type { Capabilities, InspectWhen, Session, Target } from '../../spec/target.ts';
import type { Tape } from '../../spec/tape.ts';
import type { Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { modelTarget } from '../../targets/model/session.ts';

/** How a session differs from that of `base`: `run` number `count` of the target, counted from 1 over all its sessions. */
export interface Interference {
  readonly base?: Target;
  readonly name?: string;
  readonly can?: Partial<Capabilities>;
  /** Something that it says nothing of. */
  readonly without?: keyof Capabilities;
  readonly open?: (world: World, count: number) => void;
  readonly run?: (honest: () => Promise<void>, into: Transcript, tape: Tape, count: number) => Promise<void>;
}

export function interfered({
  base = modelTarget(),
  name = 'interfered',
  can,
  without,
  open,
  run,
}: Interference): Target {
  let runs = 0;
  let sessions = 0;
  return {
    name,
    open: async (world): Promise<Session> => {
      open?.(world, ++sessions);
      const session = await base.open(world);
      const said = Object.fromEntries(
        Object.entries(session.can).filter(([key]) => key !== without),
      ) as unknown as Capabilities;
      return {
        can: { ...said, ...can },
        reset: () => session.reset(),
        close: () => session.close(),
        run: (tape: Tape, inspect: InspectWhen, into: Transcript): Promise<void> => {
          const honest = (): Promise<void> => session.run(tape, inspect, into);
          return run === undefined ? honest() : run(honest, into, tape, ++runs);
        },
      };
    },
  };
}
