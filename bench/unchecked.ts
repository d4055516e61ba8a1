// The ceiling: the tapes that cowcheck writes, on the machine that cowcheck drives, with nobody looking.
// The public entry offers neither without the judges, hence the imports from the rooms.
import { CowMachine } from '../model/cow/machine.ts';
import { TapeWriter } from '../properties/generator/writer.ts';
import { ABSENT, SUSPENDED, TAKEN } from '../spec/reply.ts';
import { STRIDE } from '../spec/tape.ts';
import { REPLY_STRIDE, Transcript } from '../spec/transcript.ts';
import { type Contender, MAX_OPS, OPS, WORLD } from './job.ts';

/** No reference, no inspection, no checks. */
export function uncheckedContender(runs: number): Contender {
  const writer = new TapeWriter(WORLD, {
    ops: OPS,
    profile: 'base',
    maxOps: MAX_OPS,
    refusalKills: true,
    readBack: false,
  });
  const machine = new CowMachine(WORLD, WORLD.processes + 1);
  const replies = new Transcript();
  return {
    async round(seed) {
      let ops = 0;
      for (let run = 0; run < runs; run++) {
        const tape = writer.write(seed, run);
        machine.reset();
        replies.clear();
        for (let i = 0; i < tape.length; i++) {
          machine.step(tape.words, i * STRIDE, replies);
          machine.forget();
          const kind = replies.replies[i * REPLY_STRIDE];
          if (kind !== ABSENT && kind !== TAKEN && kind !== SUSPENDED) ops++;
        }
      }
      return ops;
    },
  };
}
