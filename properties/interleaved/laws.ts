// The laws that interleaved steps must keep, in the order in which a state is asked.
import { entryReadsReference, untouchedReadsZero, zeroFrameUnchanged } from './contents.ts';
import { countIsExact, freedOnce, heldIsNotFree } from './frames.ts';
import type { InterleavedLaw } from './law.ts';
import { pinnedIsOwned } from './pins.ts';
import { lockGivenBack } from './progress.ts';
import { cachedReadsReference, noneStale, sharedIsReadOnly } from './translations.ts';

export const INTERLEAVED_LAWS: readonly InterleavedLaw[] = [
  freedOnce,
  heldIsNotFree,
  zeroFrameUnchanged,
  entryReadsReference,
  cachedReadsReference,
  untouchedReadsZero,
  sharedIsReadOnly,
  noneStale,
  countIsExact,
  pinnedIsOwned,
  lockGivenBack,
];
