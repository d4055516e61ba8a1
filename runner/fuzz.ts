// The public face of a search: few options, sound defaults.
import { randomInt } from 'node:crypto';
import { PROFILES, type Profile } from '../properties/generator/profile.ts';
import type { RacingTarget } from '../spec/race.ts';
import type { World } from '../spec/world.ts';
import { DEFAULT_MAX_OPS, DEFAULT_TIME } from './budget.ts';
import { campaign, type CampaignOptions, type CampaignResult } from './campaign.ts';
import { soakWorlds, type WorldWishes, worldsFor } from './worlds.ts';

export interface FuzzOptions
  extends Partial<
    Pick<
      CampaignOptions,
      | 'seed'
      | 'runs'
      | 'time'
      | 'maxOps'
      | 'ops'
      | 'advice'
      | 'inspect'
      | 'shard'
      | 'bail'
      | 'shrinkTime'
      | 'requireAll'
      | 'regressions'
      | 'store'
      | 'signal'
      | 'onProgress'
      | 'progressEvery'
      | 'onFound'
      | 'onUnsaved'
    >
  > {
  readonly target: RacingTarget;
  /** Default: all of them. */
  readonly profile?: Profile | 'all';
  /** The worlds to search; absent: a choice of small ones, from tight to ample. */
  readonly worlds?: readonly World[];
  /** Worlds of every shape the target can hold, instead of a choice of small ones. Ignored if `worlds` is given. */
  readonly soak?: boolean;
  /** Shape of the worlds chosen. Ignored if `worlds` is given. */
  readonly shape?: WorldWishes;
}

/** Searches `target` for a violation. Throws RigError if the target cannot be had; a finding is a result, not an error. */
export async function fuzz(options: FuzzOptions): Promise<CampaignResult> {
  const { target, profile = 'all', worlds, soak = false, shape = {}, ...rest } = options;
  const seed = rest.seed ?? randomInt(1, 2 ** 31);
  const profiles: readonly Profile[] = profile === 'all' ? PROFILES : [profile];
  const most = target.limits?.worlds ?? target.limits?.sessions ?? Number.POSITIVE_INFINITY;
  const share = Math.max(1, Math.floor(most / profiles.length));
  const worldsOf = (name: Profile): readonly World[] =>
    soak ? soakWorlds(seed, name, target.limits, share) : worldsFor(name, shape, target.limits, share);
  const fields = profiles.flatMap(name =>
    (worlds ?? worldsOf(name)).map(world => ({ profile: name, world })),
  );
  const unbounded = rest.runs === undefined && rest.time === undefined;
  return campaign({
    maxOps: DEFAULT_MAX_OPS,
    inspect: 'full',
    shrinkTime: 30_000,
    ...rest,
    bail: rest.bail ?? target.bail ?? 1,
    seed,
    ...(unbounded ? { time: DEFAULT_TIME } : {}),
    target,
    fields,
  });
}
