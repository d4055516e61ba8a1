// The ops of a target one by one, and its refusals: is each answered as an eager copy would answer?
import { type ConformityCheck, fault, sound } from '../spec/conformity.ts';
import { type Op, OPS, type OpName } from '../spec/op.ts';
import { describeOp, layoutFor, pack, type Tape, unpack } from '../spec/tape.ts';
import { RigError, type Target } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { Rig } from './rig.ts';

export const RESET_REMEDY = 'let reset begin anew: one process, image 0, no other name in use';

/** An op with the plainest of arguments: by A, towards B, on the first page that may be written. */
export function plainOp(name: OpName, world: World): Op {
  const place = name === 'mmap' && layoutFor(world).span.map > 0 ? 'map+0' : 'data+0';
  const op: Record<string, string | number> = { op: name };
  for (const field of OPS[name].fields) {
    switch (field.kind) {
      case 'process':
        op[field.name] = field.name === 'as' ? 'B' : 'A';
        break;
      case 'handle':
        op[field.name] = 'pin1';
        break;
      case 'address':
        if (field.optional !== true) op[field.name] = place;
        break;
      case 'integer':
        op[field.name] = field.name === 'cpu' ? 0 : Math.max(field.min, 1);
        break;
      case 'choice':
        op[field.name] = field.values[0] ?? '';
    }
  }
  return op as unknown as Op;
}

/** Runs `tape`, whose replies are judged; a sentence if one of them cannot be. */
export async function misjudged(rig: Rig, tape: Tape): Promise<string | undefined> {
  const outcome = await rig.run(tape);
  if (outcome.verdict === 'held') return undefined;
  if (outcome.verdict === 'inconclusive') return outcome.why;
  const { at, evidence } = outcome.violation;
  const what = describeOp(unpack(tape, at));
  return `"${what}" (op ${at + 1} of ${tape.length}): required ${evidence.required}; found ${evidence.found}`;
}

export async function eachOp(rig: Rig, target: Target): Promise<ConformityCheck> {
  const { world, can } = rig;
  for (const name of can.ops) {
    let wrong: string | undefined;
    try {
      wrong = await misjudged(rig, pack(world, [plainOp(name, world)]));
    } catch (cause) {
      if (!(cause instanceof RigError)) throw cause;
      return fault(
        'capabilities',
        `it offers ${name}, and cannot be asked: ${cause.message}`,
        `offer only what it has, or answer ${name} as docs/protocol.md says`,
      );
    }
    if (wrong !== undefined && (await rightAtFirst(target, rig.world, name)))
      return fault(
        'reset',
        `${name} right after the start is answered as it should be, and after a reset it is not: ${wrong}`,
        RESET_REMEDY,
      );
    if (wrong !== undefined)
      return fault(
        'each op',
        `${name} alone, right after the start: ${wrong}`,
        `see what ${name} must reply in docs/protocol.md`,
      );
  }
  return sound('each op', `${can.ops.length} ops, each alone after a reset: ${can.ops.join(' ')}`);
}

/** Is op `name`, as the first of all in a session of its own, answered as it should be? */
async function rightAtFirst(target: Target, world: World, name: OpName): Promise<boolean> {
  const fresh = await Rig.open(target, world, 'none');
  try {
    return (await misjudged(fresh, pack(world, [plainOp(name, world)]))) === undefined;
  } finally {
    await fresh.close();
  }
}

export async function refusals(rig: Rig): Promise<ConformityCheck> {
  const { world, can } = rig;
  const { span } = layoutFor(world);
  const has = (...names: readonly OpName[]): boolean => names.every(name => can.ops.includes(name));
  const ops: Op[] = [];
  const says = (when: boolean, ...more: readonly Op[]): void => {
    if (when) ops.push(...more);
  };
  const read = (by: string, at: string): Op => ({ op: 'read', by, at, length: 1 });
  const write = (by: string, at: string): Op => ({ op: 'write', by, at, length: 1, value: 1 });
  says(has('read'), read('B', 'data+0'));
  says(has('fork'), { op: 'fork', by: 'A', as: 'B' }, { op: 'fork', by: 'A', as: 'B' });
  const edges = ['null', 'beyond', ...(span.guard > 0 ? ['guard+0'] : [])];
  if (can.dialect.refusedAccess !== 'killed')
    for (const at of edges) says(has('read', 'write'), read('A', at), write('A', at));
  says(span.rodata > 0 && can.dialect.refusedAccess !== 'killed' && has('write'), write('A', 'rodata+0'));
  says(has('kwrite') && span.rodata > 0, { op: 'kwrite', by: 'A', at: 'rodata+0', length: 1, value: 1 });
  says(has('exec'), { op: 'exec', by: 'A', image: world.images.length, via: 'execve', argument: 1 });
  says(has('exit', 'fork', 'read'), { op: 'exit', by: 'B', status: 3 }, read('B', 'data+0'), {
    op: 'fork',
    by: 'A',
    as: 'B',
  });
  says(has('wait', 'exit', 'fork'), { op: 'wait', by: 'A' }, { op: 'wait', by: 'A' });
  const wrong = ops.length === 0 ? undefined : await misjudged(rig, pack(world, ops));
  return wrong === undefined
    ? sound('refusals', `absent and taken names, ${edges.length} bad addresses, ${ops.length} ops in all`)
    : fault(
        'refusals',
        wrong,
        'the order in which refusals come stands under the table of ops in docs/protocol.md',
      );
}
