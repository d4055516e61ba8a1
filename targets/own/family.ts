// Who lives, whose child, ended or not: the names of a trace for processes that are values of the user's.
const INIT = -1;

interface Member<Process> {
  process: Process;
  parent: number;
  alive: boolean;
}

/** Process numbers of one run. Whoever ended stays until it is waited for, or its parent ends. */
export class OwnFamily<Process> {
  readonly #members = new Map<number, Member<Process>>();
  readonly #numbers = new Map<Process, number>();

  static of<Process>(first: Process): OwnFamily<Process> {
    const family = new OwnFamily<Process>();
    family.add(0, first, INIT);
    return family;
  }

  /** The same family, which changes by itself from now on. */
  copy(): OwnFamily<Process> {
    const copy = new OwnFamily<Process>();
    for (const [number, member] of this.#members) copy.#members.set(number, { ...member });
    for (const [process, number] of this.#numbers) copy.#numbers.set(process, number);
    return copy;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Numbers of the living. */
  get living(): readonly number[] {
    return [...this.#members].flatMap(([number, { alive }]) => (alive ? [number] : []));
  }

  add(number: number, process: Process, parent: number): void {
    this.#members.set(number, { process, parent, alive: true });
    this.#numbers.set(process, number);
  }

  has(number: number): boolean {
    return this.#members.has(number);
  }

  lives(number: number): boolean {
    return this.#members.get(number)?.alive ?? false;
  }

  /** The value behind a living process. */
  of(number: number): Process {
    const member = this.#members.get(number);
    if (member === undefined) throw new RangeError(`no process ${number}`);
    return member.process;
  }

  /** The number of a value that `start` or `fork` returned. */
  numberOf(process: Process): number {
    return this.#numbers.get(process) ?? -1;
  }

  /** After exec the process may be another value. */
  becomes(number: number, process: Process): void {
    const member = this.#members.get(number);
    if (member === undefined || member.process === process) return;
    this.#numbers.delete(member.process);
    member.process = process;
    this.#numbers.set(process, number);
  }

  /** It ends; its children go to init, which waits for the ended ones at once. */
  end(number: number): void {
    const member = this.#members.get(number);
    if (member === undefined) return;
    member.alive = false;
    for (const [child, one] of this.#members) {
      if (one.parent !== number) continue;
      one.parent = INIT;
      if (!one.alive) this.forget(child);
    }
    if (member.parent === INIT) this.forget(number);
  }

  forget(number: number): void {
    const member = this.#members.get(number);
    if (member === undefined) return;
    this.#members.delete(number);
    if (this.#numbers.get(member.process) === number) this.#numbers.delete(member.process);
  }
}
