// What a search does when it is not told how much.

/** Milliseconds of a search that is given neither runs nor time. */
export const DEFAULT_TIME = 60_000;
/** Most ops of a random run before its closing ones. */
export const DEFAULT_MAX_OPS = 120;
/** Milliseconds after which timers and signals get their turn: a target in this process never lets go by itself. */
export const BREATH = 40;
