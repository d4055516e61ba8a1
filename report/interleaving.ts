// A history of interleaved steps for people: a column for each processor, a line for each step, and the law it breaks.
import {
  BUILT,
  DEAD,
  ENDING,
  frameOf,
  frameWord,
  type InterleavedHistory,
  type InterleavedStep,
  type Interleaving,
  LIVE,
  pageWord,
  TO_KWRITE,
  valueWord,
  WRITABLE,
} from '../spec/interleaving.ts';
import { rule } from '../spec/rule.ts';
import { nameOf } from '../spec/tape.ts';

const LIVES: Readonly<Record<number, string>> = {
  [DEAD]: 'is gone',
  [BUILT]: 'is being made',
  [LIVE]: 'lives',
  [ENDING]: 'lets nobody in',
};

/** Ops about one page, with the step they begin with. */
const ABOUT_A_PAGE = /^(load fault|store fault|discard|kwrite|pin|unpin): /;

/** The steps in columns, and below them what was required and found. */
export function interleavingText(history: InterleavedHistory): string {
  return [...columns(history), ...ending(history)].join('\n');
}

/** A line for the start, a line of headings, and a line for each step in the column of its processor. */
export function columns({ scope, steps }: InterleavedHistory): readonly string[] {
  const cells = steps.map(step => [step.cpu, `${title(step)}${tail(changes(step))}`] as const);
  const headings = Array.from({ length: scope.cpus }, (_, cpu) => `CPU ${cpu}`);
  const widths = headings.map((heading, cpu) =>
    Math.max(heading.length, ...cells.filter(([by]) => by === cpu).map(([, text]) => text.length)),
  );
  const number = String(steps.length).length + 2;
  const line = (label: string, texts: readonly string[]): string =>
    `${label.padStart(number)}  ${texts.map((text, cpu) => text.padEnd(widths[cpu] ?? 0)).join('  ')}`.trimEnd();
  const first = steps[0]?.before;
  return [
    ...(first === undefined ? [] : [`start: ${start(first)}`]),
    line('', headings),
    ...cells.map(([cpu, text], i) =>
      line(
        String(i + 1),
        headings.map((_, other) => (other === cpu ? text : '')),
      ),
    ),
  ];
}

function ending({ broken }: InterleavedHistory): readonly string[] {
  if (broken === undefined) return [];
  return [
    `violated  ${broken.invariant}  (rule ${broken.rule})`,
    `          ${rule(broken.rule).statement}`,
    `required  ${broken.required}`,
    `found     ${broken.found}`,
    `because   ${broken.because}`,
  ];
}

/** `A.0 = f0 rw; CPU 0 and CPU 1 run A`. */
function start(state: Interleaving): string {
  const mapped = [...state.entry.keys()]
    .filter(place => state.entry[place] !== 0)
    .map(place => `${pageWord(state, place)} = ${entryWord(state, state.entry[place]!)}`);
  const running = [...state.running.keys()]
    .filter(cpu => state.running[cpu] !== 0)
    .map(cpu => `CPU ${cpu} runs ${nameOf(state.running[cpu]! - 1)}`);
  return [...mapped, 'all pages read 0', ...running].join('; ');
}

function tail(words: readonly string[]): string {
  return words.length === 0 ? '' : `: ${words.join(', ')}`;
}

function entryWord(state: Interleaving, entry: number): string {
  if (entry === 0) return 'absent';
  return `${frameWord(state, frameOf(entry))} ${(entry & WRITABLE) === 0 ? 'r' : 'rw'}`;
}

/** The name of a step; what an op that begins is about; whose lock is taken or given. */
function title({ cpu, name, before, after }: InterleavedStep): string {
  const space = before.locked.findIndex((locked, i) => locked !== after.locked[i]);
  const locking = space < 0 ? name : name.replace(/\b(un)?lock\b/, word => `${word} ${nameOf(space)}`);
  if (!ABOUT_A_PAGE.test(name)) return locking;
  const value = after.op[cpu] === TO_KWRITE ? ` = ${after.value[cpu]}` : '';
  return locking.replace(':', ` ${pageWord(after, after.place(cpu))}${value}:`);
}

/** What a step read, and what is different after it. */
function changes({ cpu, name, before, after }: InterleavedStep): readonly string[] {
  return [...whatWasRead(cpu, name, before, after), ...tables(before, after), ...caches(cpu, before, after)];
}

function whatWasRead(
  cpu: number,
  name: string,
  before: Interleaving,
  after: Interleaving,
): readonly string[] {
  const place = after.running[cpu] === 0 ? -1 : after.place(cpu);
  const words: string[] = [];
  if (name.includes('look up') || name.includes('translate'))
    words.push(`${pageWord(before, place)} is ${entryWord(before, before.entry[place]!)}`);
  const frame = Math.max(before.old[cpu]!, after.old[cpu]!) - 1;
  if (name.includes('read count') && frame >= 0)
    words.push(`${frameWord(before, frame)} counted ${before.count[frame]}`);
  return words;
}

/** Frames, page tables, locks, spaces. */
function tables(before: Interleaving, after: Interleaving): readonly string[] {
  const words: string[] = [];
  const each = (from: Uint8Array, to: Uint8Array, word: (index: number) => string): void => {
    for (let i = 0; i < from.length; i++) if (from[i] !== to[i]) words.push(word(i));
  };
  each(before.running, after.running, cpu =>
    after.running[cpu] === 0 ? 'runs nothing' : `runs ${nameOf(after.running[cpu]! - 1)}`,
  );
  each(before.life, after.life, space => `${nameOf(space)} ${LIVES[after.life[space]!]}`);
  each(
    before.entry,
    after.entry,
    place => `${pageWord(after, place)} = ${entryWord(after, after.entry[place]!)}`,
  );
  each(
    before.pinned,
    after.pinned,
    place => `${pageWord(after, place)} ${after.pinned[place] === 0 ? 'no longer pinned' : 'pinned'}`,
  );
  each(before.count, after.count, frame => `${frameWord(after, frame)} counted ${after.count[frame]}`);
  each(
    before.free,
    after.free,
    frame => `${frameWord(after, frame)} ${after.free[frame] === 1 ? 'free' : 'taken'}`,
  );
  each(before.content, after.content, frame =>
    after.free[frame] === 1
      ? ''
      : `${frameWord(after, frame)} holds ${valueWord(after, after.content[frame]!)}`,
  );
  return words.filter(word => word !== '');
}

/** Of its own translations what is new; of others' whose are gone. */
function caches(cpu: number, before: Interleaving, after: Interleaving): readonly string[] {
  const { cpus, pages } = after.scope;
  const words: string[] = [];
  for (let other = 0; other < cpus; other++) {
    let lost = false;
    for (let slot = other * pages; slot < (other + 1) * pages; slot++) {
      if (before.cached[slot] === after.cached[slot]) continue;
      if (after.cached[slot] === 0) lost = true;
      else words.push(`tlb ${page(after, other, slot % pages)} = ${entryWord(after, after.cached[slot]!)}`);
    }
    if (lost) words.push(other === cpu ? 'tlb empty' : `tlb of CPU ${other} empty`);
  }
  return words;
}

function page(state: Interleaving, cpu: number, of: number): string {
  return pageWord(state, (state.running[cpu]! - 1) * state.scope.pages + of);
}
