// Is an adapter sound? Each op alone, refusals, reset, repeats, batches against steps, capacity, speed: before any search.
import { drawn } from '../properties/generator/profile.ts';
import { type ConformityCheck, fault, leftOut, sound } from '../spec/conformity.ts';
import type { Op } from '../spec/op.ts';
import { nameOf, pack } from '../spec/tape.ts';
import { RigError, type Target, TargetDied } from '../spec/target.ts';
import { Transcript } from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';
import { answered, batches, repeats, reset, TAPES, tapes } from './asked-again.ts';
import { eachOp, misjudged, plainOp, refusals } from './asked-alone.ts';
import { coverageOf } from './coverage.ts';
import { newTally, Rig } from './rig.ts';
import { lookedFor } from './looked-for.ts';
import { worldsFor } from './worlds.ts';

export interface Conformity {
  readonly target: string;
  readonly checks: readonly ConformityCheck[];
  /** What a search of this target could not judge, and for want of what. */
  readonly unchecked: readonly string[];
}

/** Ops per second below which a search shows little. */
const SLOW = 200;

/** A small world that `target` can hold. */
export function conformWorld(target: Target): World {
  const most = Math.min(4, target.limits?.processes ?? 4);
  const [world] = worldsFor('base', { processes: most }, target.limits, 1);
  if (world === undefined) throw new RangeError('no world fits');
  return world;
}

/** Checks the adapter, not what it drives. A fault that leaves nothing to ask ends it early. */
export async function conform(target: Target): Promise<Conformity> {
  const world = conformWorld(target);
  const checks: ConformityCheck[] = [];
  const unchecked: string[] = [];
  try {
    const rig = await Rig.open(target, world, 'none');
    try {
      for (const check of [eachOp, refusals, looks, reset, repeats, batches, capacity, speed]) {
        const found = await check(rig, target);
        checks.push(found);
        // What a program that cannot be reset or that falls silent says further on means nothing.
        if (found.soundness === 'fault') break;
      }
      unchecked.push(...uncheckedBy(rig));
    } finally {
      await rig.close();
    }
  } catch (cause) {
    if (!(cause instanceof RigError)) throw cause;
    checks.push(fault('answers', cause.message, cause.remedy));
  }
  return { target: target.name, checks, unchecked };
}

function uncheckedBy(rig: Rig): readonly string[] {
  const ops = drawn(rig.can.ops);
  const { rulesLeftOut, opsLeftOut, invariantsLeftOut, vacuous } = coverageOf(newTally(), rig.can, ops, true);
  const parts = [...new Set(invariantsLeftOut.flatMap(({ lacks }) => lacks))];
  return [
    ...(ops.includes('fork') && ops.includes('write') ? [] : vacuous),
    ...(rulesLeftOut.length === 0
      ? []
      : [`rules ${rulesLeftOut.join(' ')}, for want of ops (${opsLeftOut.join(' ')}) or of inspection`]),
    ...(parts.length === 0
      ? []
      : [`${invariantsLeftOut.length} invariants, for want of inspect=${parts.join(',')}`]),
    ...(rig.can.frames === undefined ? ['running out of memory, for no capacity is declared (frames=)'] : []),
    ...rig.can.leftOut,
  ];
}

async function looks(rig: Rig): Promise<ConformityCheck> {
  const offered = Object.entries(rig.can.inspects).flatMap(([part, is]) => (is ? [part] : []));
  if (offered.length === 0)
    return leftOut('inspection', 'it shows nothing: contents are judged by what is read, sharing not at all');
  const ops = (['fork', 'write', 'read'] as const).filter(name => rig.can.ops.includes(name));
  const seen = new Transcript();
  const tape = pack(
    rig.world,
    ops.map(name => plainOp(name, rig.world)),
  );
  await rig.session.reset();
  await rig.session.run(tape, 'each', seen);
  const missing = lookedFor(seen, rig.world).filter(part => offered.includes(part));
  return missing.length === 0
    ? sound('inspection', `shows what it offers: ${offered.join(', ')}`)
    : fault(
        'capabilities',
        `it offers inspect=${missing.join(',')}, and shows none of it after reset, fork, write and read`,
        'offer in inspect= only what it shows, or show it: section 4 of docs/protocol.md',
      );
}

async function capacity(rig: Rig, target: Target): Promise<ConformityCheck> {
  const most = Math.min(target.limits?.processes ?? 16, 64);
  if (!rig.can.ops.includes('fork') || most < 2) return leftOut('capacity', 'it does not fork');
  const [world] = worldsFor('base', { processes: most }, target.limits, 1);
  if (world === undefined) return leftOut('capacity', 'no world fits');
  const full = await Rig.open(target, world, 'none');
  try {
    const forks = Array.from({ length: most }, (_, i): Op => ({ op: 'fork', by: 'A', as: nameOf(i + 1) }));
    const wrong = await misjudged(full, pack(world, forks));
    if (wrong !== undefined)
      return fault(
        'capacity',
        `a family of ${most} processes: ${wrong}`,
        'declare fewer with processes=, or make room for them',
      );
  } finally {
    await full.close();
  }
  const frames =
    rig.can.frames === undefined ? 'no number of frames declared' : `${rig.can.frames} frames declared`;
  return sound(
    'capacity',
    `${most} processes at once${target.limits?.processes === undefined ? '' : ', as declared'}; ${frames}`,
  );
}

async function speed(rig: Rig): Promise<ConformityCheck> {
  const all = tapes(rig, TAPES * 4, 60);
  const started = performance.now();
  let ops = 0;
  for (const tape of all) {
    await answered(rig.session, [tape]);
    ops += tape.length;
    if (performance.now() - started > 3000) break;
  }
  const rate = Math.round((ops * 1000) / (performance.now() - started));
  const said = `${rate.toLocaleString('en-US')} ops a second in batches`;
  return rate >= SLOW
    ? sound('speed', said)
    : {
        id: 'speed',
        soundness: 'weak',
        detail: `${said}; below ${SLOW} a search shows little`,
        remedy:
          'answer many lines before flushing, and keep what reset makes; or search for longer: --time 10m',
      };
}

/** A target that died at an op: no soundness, and no finding either. */
export function died(cause: unknown): ConformityCheck | undefined {
  if (!(cause instanceof TargetDied)) return undefined;
  return fault('life', cause.message, 'run it by hand; it must answer every op and go on');
}
