// All defects of calf: a card for each build switch of kernels/calf, in the order of what goes wrong.
import type { Defect } from './defect.ts';
import { FAULTS, KERNEL } from './fault-defects.ts';
import { FORKS } from './fork-defects.ts';
import { COUNTING, ENDINGS } from './frame-defects.ts';
import { RACES } from './race-defects.ts';

export const DEFECTS: readonly Defect[] = [...COUNTING, ...RACES, ...FORKS, ...FAULTS, ...KERNEL, ...ENDINGS];
