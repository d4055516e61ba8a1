// Exit codes, and the error of whoever typed something that cannot be used.
export const EXIT = {
  held: 0,
  violated: 1,
  usage: 2,
  inconclusive: 3,
  rig: 4,
  interrupted: 130,
  terminated: 143,
} as const;

/** Something the user typed or pointed at cannot be used. The message says what was received, what is accepted, what to type. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The code that says a verdict. */
export function exitOf(result: { readonly verdict: 'held' | 'violated' | 'inconclusive' }): number {
  switch (result.verdict) {
    case 'held':
      return EXIT.held;
    case 'violated':
      return EXIT.violated;
    case 'inconclusive':
      return EXIT.inconclusive;
  }
}
