// A schedule as a trace, and back: the ops that bring the race about, then the two that race, each on a processor of its own.
import type { Op } from '../../../spec/op.ts';
import { type Trace, TraceError } from '../../../spec/trace.ts';
import type { World } from '../../../spec/world.ts';
import { KINDS, type Letter, type Race, racersOf, type Schedule } from './race.ts';

/** What the racing agent stores, and where: agents/xv6/racer.c has it too. */
const MARK = 0x51ac_0000;
const FILE = 0x464c_4500;

/** The racing agent's memory: code, its box, four pages that are only shared, and the page. */
const WORLD: World = {
  pageSize: 4096,
  processes: 6,
  images: [{ name: 'race', text: 1, bss: 1, heap: 5, stack: 1 }],
};
const PAGE_AT = 4 * 4096;

export type TraceOfRace = Pick<Trace, 'format' | 'world' | 'ops' | 'schedule'>;

export function traceOf({ holds, ...race }: Schedule): TraceOfRace {
  const ops = opsOf(race);
  return {
    format: 1,
    world: WORLD,
    ops,
    schedule: {
      // The second of the two stands last, the first two before it.
      holds: holds.map(({ touch, gate }, i) => ({
        op: ops.length - 3 + 2 * i,
        access: touch,
        lock: gate,
      })),
      ...(race.outOfMemory ? { outOfMemory: true as const } : {}),
    },
  };
}

/** Throws TraceError: it is no race that the racing agent can bring about. */
export function scheduleOf(trace: Trace): Schedule {
  const { ops, schedule } = trace;
  if (schedule === undefined) throw new TraceError('schedule', 'a race has a schedule; this trace has none');
  const letters = [ops.at(-3), ops.at(-1)].map(letterOf);
  const [one, other] = letters;
  const race: Race | undefined =
    one === undefined || other === undefined || one === 'G'
      ? undefined
      : {
          ops: [one, other],
          kept: !ops.slice(-3).some(op => 'by' in op && op.by === 'A'),
          outOfMemory: schedule.outOfMemory === true,
        };
  const canonical = race === undefined ? undefined : JSON.stringify(opsOf(race));
  if (race === undefined || canonical !== JSON.stringify(ops))
    throw new TraceError(
      'ops',
      `the ops of a race are those that \`cowcheck races\` writes: forks of A, what each racer needs, then two ops each behind a cpu${canonical === undefined ? '' : `; these would be ${canonical}`}`,
    );
  const holds = schedule.holds.map(({ op, access, lock }, i) => {
    if (op !== ops.length - 3 + 2 * i)
      throw new TraceError(
        `schedule.holds[${i}].op`,
        `the first hold is of op ${ops.length - 3}, the second of op ${ops.length - 1}; received ${op}`,
      );
    return { touch: access, gate: lock };
  });
  return { ...race, holds };
}

function letterOf(op: Op | undefined): Letter | undefined {
  if (op === undefined) return undefined;
  if (op.op === 'sbrk') return op.pages < 0 ? 'D' : 'G';
  return KINDS.find(kind => kind.op === op.op)?.letter;
}

function opsOf(race: Race): readonly Op[] {
  const racers = racersOf(race);
  return [
    ...racers.flatMap((by): readonly Op[] => (by === 'A' ? [] : [{ op: 'fork', by: 'A', as: by }])),
    ...race.ops.flatMap((letter, role) => before(letter, racers[role] ?? '', childOf(race, role))),
    ...race.ops.flatMap((letter, role): readonly Op[] => [
      { op: 'cpu', cpu: role },
      racing(letter, role, racers[role] ?? '', childOf(race, role)),
    ]),
  ];
}

/** Names after those of both racers. */
const childOf = ({ kept }: Race, role: number): string => 'CDE'.charAt(role + (kept ? 1 : 0));

const shrink = (by: string): Op => ({ op: 'sbrk', by, pages: -1 });

/** What brings a racer to where its op can race. */
function before(letter: Letter, by: string, child: string): readonly Op[] {
  if (letter === 'G') return [shrink(by)];
  if (letter !== 'R') return [];
  return [{ op: 'fork', by, as: child }, { op: 'exit', by: child, status: 0 }, shrink(by)];
}

function racing(letter: Letter, role: number, by: string, child: string): Op {
  const at = `heap+${PAGE_AT + 512 * (2 * role + (letter === 'K' ? 2 : 1))}`;
  switch (letter) {
    case 'D':
      return shrink(by);
    case 'G':
      return { op: 'sbrk', by, pages: 1 };
    case 'W':
      return { op: 'write', by, at, length: 4, value: MARK + role };
    case 'K':
      return { op: 'kwrite', by, at, length: 8, value: FILE };
    case 'F':
      return { op: 'fork', by, as: child };
    case 'E':
      return { op: 'exec', by, image: 0, via: 'execv', argument: role };
    case 'R':
      return { op: 'wait', by };
  }
}
