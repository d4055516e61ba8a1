// What a search could reach on a target, what it did reach, and what was left out and why.
import { REPLY_RULES } from '../model/oracle.ts';
import { INVARIANTS } from '../properties/invariants.ts';
import { WITNESSES } from '../properties/witnesses.ts';
import { OP_NAMES, type OpName } from '../spec/op.ts';
import { RULES, type RuleId } from '../spec/rule.ts';
import type { Capabilities } from '../spec/target.ts';
import type { Tally } from './rig.ts';

export interface Coverage {
  readonly opsHit: Readonly<Record<string, number>>;
  readonly opsLeftOut: readonly OpName[];
  readonly rulesHit: Readonly<Record<string, number>>;
  readonly rulesLeftOut: readonly RuleId[];
  readonly witnesses: Readonly<Record<string, number>>;
  /** How often an injected failure fired at each allocation site the target names. */
  readonly sitesHit: Readonly<Record<string, number>>;
  /** Invariants that could not be asked, with what they lack. */
  readonly invariantsLeftOut: readonly { readonly invariant: string; readonly lacks: readonly string[] }[];
  /** Why "held" would mean nothing; empty if it means something. */
  readonly vacuous: readonly string[];
  /** Offered and reachable, and never seen. */
  readonly unhit: readonly string[];
}

/** `ops`: those the search used. `inspecting`: were inspections asked for? */
export function coverageOf(
  tally: Tally,
  can: Capabilities,
  ops: readonly OpName[],
  inspecting: boolean,
): Coverage {
  const lacks = (needs: readonly (keyof Capabilities['inspects'])[]): readonly string[] =>
    needs.filter(need => !inspecting || !can.inspects[need]);
  const usable = INVARIANTS.filter(
    invariant =>
      lacks(invariant.needs).length === 0 &&
      (invariant.ops === undefined || invariant.ops.some(name => ops.includes(name))) &&
      (invariant.reachable?.(can) ?? true),
  );
  const reachable = new Set<RuleId>([
    ...usable.flatMap(invariant => invariant.rules),
    ...ops.flatMap(name => REPLY_RULES[name] ?? []),
  ]);
  const witnesses = WITNESSES.filter(
    witness => lacks(witness.needs).length === 0 && witness.ops.every(name => ops.includes(name)),
  );
  const hits = (id: RuleId): number => tally.ruleHits[id] ?? 0;
  const opHits = (name: OpName): number => tally.opHits[OP_NAMES.indexOf(name)] ?? 0;
  const seen = (id: string): number => tally.witnessHits.get(id) ?? 0;
  const missing = witnesses.filter(witness => seen(witness.id) === 0);
  const essential = witnesses.filter(witness => witness.essential);
  const sites = ops.includes('failalloc') ? (can.sites ?? []) : [];
  const sitesHit = Object.fromEntries(sites.map((site, i) => [site, tally.siteHits[i] ?? 0]));
  return {
    opsHit: Object.fromEntries(ops.map(name => [name, opHits(name)])),
    opsLeftOut: OP_NAMES.filter(name => !ops.includes(name)),
    rulesHit: Object.fromEntries(
      RULES.filter(rule => reachable.has(rule.id)).map(rule => [rule.id, hits(rule.id)]),
    ),
    rulesLeftOut: RULES.filter(rule => !reachable.has(rule.id)).map(rule => rule.id),
    witnesses: Object.fromEntries(witnesses.map(witness => [witness.id, seen(witness.id)])),
    sitesHit,
    invariantsLeftOut: INVARIANTS.flatMap(invariant => {
      const missed = lacks(invariant.needs);
      return missed.length === 0 ? [] : [{ invariant: invariant.id, lacks: missed }];
    }),
    vacuous:
      tally.ops === 0
        ? ['no op was performed']
        : essential.length === 0
          ? ['the ops in use cannot show any sharing: fork and write are needed']
          : missing
              .filter(witness => witness.essential)
              .map(witness => `it never happened that ${witness.id}`),
    unhit: [
      ...ops.filter(name => opHits(name) === 0).map(name => `op ${name}`),
      ...RULES.filter(rule => reachable.has(rule.id) && hits(rule.id) === 0).map(rule => `rule ${rule.id}`),
      ...sites.filter(site => sitesHit[site] === 0).map(site => `allocation site "${site}"`),
      ...missing.map(witness => `witness "${witness.id}"`),
    ],
  };
}
