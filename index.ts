// The library: searching a target, replaying a trace, and the interfaces a target of one's own needs.
export { UsageError } from './cli/exit.ts';
export { explore, type ExploreOptions, type ExploreResult, type SteppedCounterexample } from './explore.ts';
export { campaign, type CampaignResult, type Progress } from './runner/campaign.ts';
export { conform, type Conformity } from './runner/conform.ts';
export { fuzz, type FuzzOptions } from './runner/fuzz.ts';
export type { Counterexample } from './runner/findings.ts';
export { replay, type ReplayOptions, type ReplayResult } from './runner/replay.ts';
export type { Outcome, Verdict, Violation } from './runner/verdict.ts';
export { plainWorldOf, worldOf } from './runner/worlds.ts';
export type { ConformityCheck, Soundness } from './spec/conformity.ts';
export type { Dialect, DialectSources } from './spec/dialect.ts';
export {
  formatInterleaved,
  type InterleavedTrace,
  isInterleaved,
} from './spec/interleaved-trace.ts';
export { parseSaved } from './spec/saved.ts';
export type { InterleavedOp } from './spec/interleaving.ts';
export type { Inspection, Inspects } from './spec/inspection.ts';
export type { Op, OpName } from './spec/op.ts';
export type { Reply } from './spec/reply.ts';
export type { RaceStory, RacesTried, RacingTarget } from './spec/race.ts';
export { RULES, type Rule, type RuleId } from './spec/rule.ts';
export { describeOp, type Tape } from './spec/tape.ts';
export {
  type Capabilities,
  type InspectWhen,
  type Limits,
  RigError,
  type Session,
  type Target,
  TargetDied,
} from './spec/target.ts';
export { parseTrace } from './spec/parse.ts';
export { type Finding, formatTrace, type Trace, TraceError } from './spec/trace.ts';
export { Transcript } from './spec/transcript.ts';
export type { Image, World } from './spec/world.ts';
export { linuxTarget } from './targets/linux/target.ts';
export { modelTarget } from './targets/model/session.ts';
export { namedTarget } from './targets/named.ts';
export { commandTarget, type CommandOptions } from './targets/command/target.ts';
export {
  type CowObject,
  type ImagePages,
  type PageSeen,
  Refused,
  type Waited,
} from './targets/own/object.ts';
export { defineTarget, NotATarget } from './targets/own/target.ts';
