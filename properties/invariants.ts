// All invariants, in the order they are asked: the first to object is the one reported.
import type { Invariant } from '../spec/law.ts';
import { backingInvariants } from './invariants/backing.ts';
import { contentsInvariants } from './invariants/contents.ts';
import { economyInvariants } from './invariants/economy.ts';
import { failureInvariants } from './invariants/failure.ts';
import { frameInvariants } from './invariants/frames.ts';
import { mappingInvariants } from './invariants/mapping.ts';
import { permissionInvariants } from './invariants/permission.ts';
import { pinInvariants } from './invariants/pins.ts';
import { sharingInvariants } from './invariants/sharing.ts';

/** Causes before consequences: permissions and frames first, the bytes they spoil after them. */
export const INVARIANTS: readonly Invariant[] = [
  ...pinInvariants,
  ...backingInvariants,
  ...failureInvariants,
  ...mappingInvariants,
  ...contentsInvariants,
  ...permissionInvariants,
  ...frameInvariants,
  ...economyInvariants,
  ...sharingInvariants,
];
