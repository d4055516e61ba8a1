// The end of a kernel, or of a process that nothing was to end.

/** The kernel under test did not survive, or a process of it never comes back. */
export class Died extends Error {
  override readonly name = 'Died';
  /** For people: the console's end, a program counter. */
  readonly detail: string;
  /** The rule that this breaks. */
  readonly rule: number;
  /** `what`: the same words whenever it dies of the same. */
  constructor(what: string, detail = '', rule = 24) {
    super(what);
    this.detail = detail;
    this.rule = rule;
  }
}

/** fork is all or nothing. */
const ALL_OR_NOTHING = 22;

/** `answer`, unless the agent tells in it of a process that died where none may. */
export function diedAt(answer: string): string {
  const died = /^error process (?:\d+|keeper) (died at .*|has a child that died at its birth)$/.exec(answer);
  if (died === null) return answer;
  const isBirth = died[1]?.startsWith('has') === true;
  throw new Died(`a process ${died[1]}`, '', isBirth ? ALL_OR_NOTHING : undefined);
}
