// The job every contender does: its world and its ops.
import type { OpName } from '../spec/op.ts';
import type { World } from '../spec/world.ts';

/** 8 processes of 8 private pages of 8 bytes over 256 frames. */
export const WORLD: World = {
  pageSize: 8,
  processes: 8,
  frames: 256,
  images: [
    { name: 'first', data: 8 },
    { name: 'second', data: 8 },
  ],
};
export const OPS: readonly OpName[] = ['fork', 'write', 'read', 'exec', 'exit'];
/** Most ops in one sequence. */
export const MAX_OPS = 100;

/** What a worker is told to be, and what reports call it. */
export type ContenderName = 'cowcheck fuzz' | 'fc.commands' | 'unchecked model';
/** What it answers to the seed of a round: ops per second of CPU time. */
export type Rate = number;

/** Something that does the job. `round` performs a fixed number of sequences and returns how many ops those were. */
export interface Contender {
  round(seed: number): Promise<number>;
}
