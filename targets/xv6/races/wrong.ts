// What is wrong after a race: counts that are not the mappings, frames lost or free and mapped, bytes of another, deaths.
import type { RuleId } from '../../../spec/rule.ts';
import type { Died } from '../died.ts';
import { PAGE } from '../memory.ts';
import type { RaceGuest, Start } from './guest.ts';
import type { Happening } from './happening.ts';
import { type Race, racersOf } from './race.ts';

/** Something wrong. Two of one kind are the same wrong. */
export interface Wrong {
  /** The same words each time: no address, no number. */
  readonly kind: string;
  /** How many frames, pages or bytes of this kind; of a death 1. */
  readonly amount: number;
  /** How many of them are there already when one op follows the other; absent: none, or not known. */
  readonly alone?: number;
  readonly rule: RuleId;
  readonly invariant: string;
  readonly required: string;
  readonly found: string;
}

const LOST = 'frames are lost';
/** What the parent fills the page with before the race, and what racers store: as agents/xv6/racer.c has it. */
const FILLED = 0x6563_6172_6563_6172n;
const MARK = 0x51ac_0000;

/** All that is wrong in a quiet kernel while the racers are still there. */
export function wrongsOf(
  guest: RaceGuest,
  start: Start,
  race: Race,
  happenings: readonly Happening[],
  file: Uint8Array,
): readonly Wrong[] {
  const seen = guest.examine();
  return [
    ...counted(guest, start),
    ...lostOf(seen.lost.length, 'while the racers are still there'),
    ...damaged(seen.damage),
    ...contents(guest, start, race, happenings, file),
    ...killed(race, happenings),
  ];
}

/** What is wrong once all of the race are gone. */
export function leftBehind(guest: RaceGuest): readonly Wrong[] {
  const seen = guest.examine();
  return [...lostOf(seen.lost.length, 'when all of the race are gone'), ...damaged(seen.damage)];
}

/** Frames that nobody has any more do no harm to the next round. */
export const isLeak = ({ kind }: Wrong): boolean => kind.startsWith(LOST);

/** A kernel's death as something wrong. */
export function deathOf({ message }: Died): Wrong {
  return {
    kind: message,
    amount: 1,
    rule: 24,
    invariant: 'progress.target-lives',
    required: 'the kernel goes on, and so does every process',
    found: message,
  };
}

/** What `wrongs` have and none of the controls has, or has less of. */
export function beyond(wrongs: readonly Wrong[], controls: readonly (readonly Wrong[])[]): readonly Wrong[] {
  const most = new Map<string, number>();
  for (const control of controls)
    for (const { kind, amount } of control) most.set(kind, Math.max(most.get(kind) ?? 0, amount));
  return wrongs.flatMap(wrong => {
    const alone = Math.max(wrong.alone ?? 0, most.get(wrong.kind) ?? 0);
    if (wrong.amount <= alone) return [];
    return [alone === 0 ? wrong : { ...wrong, alone }];
  });
}

function counted({ examination, kernel }: RaceGuest, start: Start): readonly Wrong[] {
  const { counts } = examination;
  if (counts === undefined) return [];
  const first = kernel.memory.base / PAGE;
  const words: string[] = [];
  let amount = 0;
  for (let index = kernel.firstFrame; index < kernel.frames; index++) {
    const mapped = examination.mappedOf(first + index);
    if (mapped === 0) continue;
    const count = counts.of(index, examination.isFree(first + index) === true);
    if (count === mapped) continue;
    amount++;
    const which = index === start.frame ? 'the frame raced for' : `frame ${first + index}`;
    words.push(`${which} has count ${count} and ${mapped} ${mapped === 1 ? 'mapping' : 'mappings'}`);
  }
  if (amount === 0) return [];
  return [
    {
      kind: 'counts are not the mappings',
      amount,
      rule: 25,
      invariant: 'frames.count-equals-holders',
      required: 'the count of each mapped frame is how many mappings it has',
      found: words.slice(0, 4).join('; '),
    },
  ];
}

function lostOf(amount: number, when: string): readonly Wrong[] {
  if (amount === 0) return [];
  return [
    {
      kind: `${LOST} ${when}`,
      amount,
      rule: 26,
      invariant: 'frames.all-back',
      required: 'each frame is mapped, on the free list, or the kernel’s own',
      found: `${amount === 1 ? 'one frame is' : `${amount} frames are`} none of these, ${when}`,
    },
  ];
}

function damaged(damage: readonly { readonly what: string; readonly detail: string }[]): readonly Wrong[] {
  const kinds = [...new Set(damage.map(({ what }) => what))];
  return kinds.map(kind => {
    const of = damage.filter(({ what }) => what === kind);
    return {
      kind,
      amount: of.length,
      rule: 25,
      invariant: 'target.examined',
      required: 'page tables, saved registers and mapped pages are on frames of their own, none of them free',
      found: `${kind}: ${of[0]?.detail ?? ''}`,
    };
  });
}

function killed(race: Race, happenings: readonly Happening[]): readonly Wrong[] {
  if (race.outOfMemory) return [];
  return happenings.flatMap(one =>
    one.kind !== 'killed'
      ? []
      : [
          {
            kind: `${racersOf(race)[one.role]} was killed`,
            amount: 1,
            rule: 11,
            invariant: 'permission.writable-stays-writable',
            required: 'a legal op ends, and its process goes on',
            found: `the kernel killed ${racersOf(race)[one.role]}`,
          },
        ],
  );
}

/** Every process has what it had, and its own stores; nobody has anything of another. */
function contents(
  guest: RaceGuest,
  start: Start,
  race: Race,
  happenings: readonly Happening[],
  file: Uint8Array,
): readonly Wrong[] {
  const processes = guest.kernel.processes();
  const bySlot = new Map(processes.map(({ slot, pid }) => [slot, pid]));
  return guest.family(processes).flatMap(proc => {
    const pa = guest.physical(proc, start.page);
    if (pa < 0 || proc.state === 'ended' || !guest.machine.holds(pa, PAGE)) return [];
    const own = start.pids.indexOf(proc.pid);
    const role = own >= 0 ? own : start.pids.indexOf(bySlot.get(proc.parent) ?? -1);
    const name = racersOf(race)[role];
    const who = own >= 0 ? name : role >= 0 ? `the child of ${name}` : 'the parent';
    const there = guest.machine.read(pa, PAGE);
    const should = expected(race, role, happenings, file);
    const at = there.findIndex((byte, i) => should[i] !== undefined && should[i] !== byte);
    if (at < 0) return [];
    const word = (bytes: ArrayLike<number | undefined>): string =>
      Array.from({ length: 4 }, (_, i) => (bytes[(at & ~3) + i] ?? 0).toString(16).padStart(2, '0')).join(
        ' ',
      );
    return [
      {
        kind: `${who} reads bytes that are not its own`,
        amount: 1,
        rule: 2,
        invariant: 'contents.nothing-else-changes',
        required: `${who} reads ${word(should)} at byte ${at & ~3} of the page`,
        found: word(there),
      } as const,
    ];
  });
}

/** The bytes that a racer, its child or (role -1) the parent must read; undefined: any. */
function expected(
  { ops }: Race,
  role: number,
  happenings: readonly Happening[],
  file: Uint8Array,
): readonly (number | undefined)[] {
  const bytes = Buffer.alloc(PAGE);
  const op = ops[role];
  if (op === 'G') return [...bytes];
  for (let at = 0; at < PAGE; at += 8) bytes.writeBigUInt64LE(FILLED, at);
  const done = happenings.find(one => one.kind === 'done' && one.role === role);
  if (op === 'W' && done !== undefined) bytes.writeUInt32LE(MARK + role, 512 * (2 * role + 1));
  const at = 512 * (2 * role + 2);
  if (op === 'K' && done?.kind === 'done' && done.result === 8) bytes.set(file.subarray(1, 9), at);
  const should: (number | undefined)[] = [...bytes];
  // A read() that failed may have stored part of it.
  if (op === 'K' && !(done?.kind === 'done' && done.result === 8)) should.fill(undefined, at, at + 8);
  return should;
}
