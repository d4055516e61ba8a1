// A kernel's last words, in words that are the same each time.
import type { Elf } from './elf.ts';
import type { Machine } from './machine.ts';
import { nap } from './watch.ts';

/** A kernel that has panicked has said all when nothing has come for so long, ms; and what of it is looked at, bytes. */
const LAST_WORDS = 30;
const WORDS = 2000;

/** The functions of a program, by address. */
export class Functions {
  readonly #all: readonly (readonly [name: string, start: number, end: number])[];

  constructor({ symbols }: Elf) {
    this.#all = [...symbols].flatMap(([name, { address, size, kind }]) =>
      kind === 'function' ? [[name, address, address + size] as const] : [],
    );
  }

  /** The function that holds `address`; undefined if none does. */
  at(address: number): string | undefined {
    return this.#all.find(([, start, end]) => start <= address && address < end)?.[0];
  }
}

/**
 * A panic without addresses, numbers and what is not plain text. Where the kernel says that the fault was its own, and at
 * which instruction, the function that holds it: of a user's fault it tells the instruction too, and that says nothing here.
 */
export function panicOf(text: string, functions: Functions): string {
  const lines = text.split('\n');
  // Some give advice after it, with the same word.
  const line = lines.find(one => /panic:/i.test(one)) ?? lines.find(one => /panic/i.test(one)) ?? 'panic';
  const words = line
    .replace(/^.*?(panic)/i, '$1')
    .replaceAll(/0x[0-9a-f]+|\d+/gi, '#')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 100);
  if (!/kernel/i.test(line)) return words;
  const [at] = [...text.matchAll(/sepc\W{0,3}(0x[0-9a-f]+)/gi)].slice(-1);
  const where = at === undefined ? undefined : functions.at(Number(at[1]));
  return where === undefined ? words : `${words} in ${where}`;
}

/** What is on the console once nothing more comes. The place of a fault is told before the panic. */
export function lastWords(machine: Machine): string {
  for (let printed = -1; printed !== machine.printed && machine.exited === undefined; nap(LAST_WORDS))
    printed = machine.printed;
  return machine.consoleTail(WORDS);
}
