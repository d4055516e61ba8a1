// The subject: the job through the public entry, every law judged after every op.
import { fuzz, modelTarget } from 'cowcheck';
import { type Contender, MAX_OPS, OPS, WORLD } from './job.ts';

export function fuzzContender(runs: number): Contender {
  const target = modelTarget();
  return {
    async round(seed) {
      const result = await fuzz({
        target,
        worlds: [WORLD],
        profile: 'base',
        ops: OPS,
        maxOps: MAX_OPS,
        runs,
        seed,
      });
      if (result.verdict !== 'held') throw new Error(`the model does not hold: ${result.why.join('; ')}`);
      return result.ops;
    },
  };
}
