// The fields of a search that are open: each a rig in one world, and who writes its tapes.
import { drawn } from '../properties/generator/profile.ts';
import { TapeWriter } from '../properties/generator/writer.ts';
import type { OpName } from '../spec/op.ts';
import { adviceOf, type Capabilities, edgesOf } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import type { CampaignOptions } from './campaign.ts';
import { Rig, type Tally } from './rig.ts';
import { SWEPT_OPS } from './sweep.ts';

export interface Lane {
  readonly rig: Rig;
  readonly writer: TapeWriter;
  /** Writes the short tapes of failure sweeps; undefined where no allocation can be made to fail. */
  readonly sweeper: TapeWriter | undefined;
}

/** Opens lanes as they are wanted. Where the target holds few sessions, the lane used longest ago closes for the next. */
export class Lanes {
  /** What the target can, since a session was first opened. */
  can: Capabilities | undefined;
  /** Ops that are drawn. */
  ops: readonly OpName[] = [];
  readonly #options: CampaignOptions;
  readonly #tally: Tally;
  readonly #sessions: number;
  /** By the index of the field; where sessions are few, the one used last stands last. */
  readonly #open = new Map<number, Lane>();

  /** What the rigs have seen goes into `tally` when a lane is drained or closed. */
  constructor(options: CampaignOptions, tally: Tally) {
    this.#options = options;
    this.#tally = tally;
    this.#sessions = options.target.limits?.sessions ?? Number.POSITIVE_INFINITY;
  }

  /** Does who accesses what it must not die, and may an exit stand for that? */
  get endable(): boolean {
    return this.can?.dialect.refusedAccess === 'killed' && this.ops.includes('exit');
  }

  /** The lane of field `index`. Throws RigError if the target cannot be had. */
  async at(index: number): Promise<Lane> {
    let lane = this.#open.get(index);
    if (lane === undefined) {
      const [oldest] = this.#open;
      if (oldest !== undefined && this.#open.size >= this.#sessions) {
        this.#open.delete(oldest[0]);
        oldest[1].rig.drainInto(this.#tally);
        await oldest[1].rig.close();
      }
      lane = await this.#lane(index);
      this.#open.set(index, lane);
    } else if (this.#open.size >= this.#sessions) {
      this.#open.delete(index);
      this.#open.set(index, lane);
    }
    return lane;
  }

  /** A rig in `world`, which the caller closes. */
  async open(world: World): Promise<Rig> {
    const { target, inspect, ops } = this.#options;
    const rig = await Rig.open(target, world, inspect === 'full' ? 'each' : 'none');
    this.can ??= rig.can;
    this.ops = drawn(rig.can.ops).filter(name => ops?.includes(name) ?? true);
    return rig;
  }

  drain(): void {
    for (const { rig } of this.#open.values()) rig.drainInto(this.#tally);
  }

  /** All of them; those that are wanted again are opened again. */
  async close(): Promise<void> {
    this.drain();
    const lanes = [...this.#open.values()];
    this.#open.clear();
    for (const { rig } of lanes) await rig.close();
  }

  async #lane(index: number): Promise<Lane> {
    const { fields, maxOps, inspect, advice } = this.#options;
    const field = fields[index];
    if (field === undefined) throw new RangeError(`no field ${index}`);
    const rig = await this.open(field.world);
    const writing = {
      ops: this.ops,
      advice: adviceOf(rig.can).filter(name => advice?.includes(name) ?? true),
      edges: edgesOf(rig.can),
      profile: field.profile,
      maxOps,
      refusalKills: rig.can.dialect.refusedAccess === 'killed',
      readBack: inspect === 'none' || !rig.can.inspects.contents,
    };
    const writer = new TapeWriter(field.world, writing);
    const others = this.ops.filter(name => name !== 'failalloc');
    const sweeper =
      field.profile === 'oom' && others.length > 0 && others.length < this.ops.length
        ? new TapeWriter(field.world, { ...writing, ops: others, maxOps: Math.min(maxOps, SWEPT_OPS) })
        : undefined;
    return { rig, writer, sweeper };
  }
}
