// cowcheck conform: is this adapter sound, before anything it says is believed?
import { conformText, conformVerdict } from '../report/conform.ts';
import { conform, type Conformity, conformWorld, died } from '../runner/conform.ts';
import { type ConformityCheck, fault } from '../spec/conformity.ts';
import { RigError, type Target } from '../spec/target.ts';
import { commandOptions as wireOptions } from '../targets/command/target.ts';
import { discipline } from '../targets/wire/discipline.ts';
import { greet, limitsOf, wireTarget } from '../targets/wire.ts';
import { Console } from './console.ts';
import { EXIT } from './exit.ts';
import { commandOptions, type ProgramFlags, replayWords, targetOf } from './target.ts';

export interface ConformFlags extends ProgramFlags {
  readonly json?: boolean;
}

/** Returns the exit code: 0 sound, 1 a fault, 3 too slow to show much, 4 if it could not even be greeted. */
export async function conformCommand(name: string | undefined, flags: ConformFlags): Promise<number> {
  const out = new Console();
  const found =
    flags.command === undefined ? await named(name, flags) : await program(flags.command, name, flags);
  const { checks, unchecked, target } = found;
  const verdict = conformVerdict(checks);
  const next = nextStep(verdict, name ?? 'model', flags, checks);
  if (flags.json === true) out.print(JSON.stringify({ verdict, target, checks, unchecked, next }));
  else out.print(conformText(target, checks, unchecked, next));
  if (checks[0]?.soundness === 'fault' && checks[0].id === 'handshake') return EXIT.rig;
  return verdict === 'sound' ? EXIT.held : verdict === 'unsound' ? EXIT.violated : EXIT.inconclusive;
}

async function named(name: string | undefined, flags: ProgramFlags): Promise<Conformity> {
  return checked(await targetOf(name, flags, 'model'));
}

/** The lines first; what they mean only if those are kept to. */
async function program(command: string, name: string | undefined, flags: ProgramFlags): Promise<Conformity> {
  if (name !== undefined) await targetOf(name, flags, 'model');
  const options = await wireOptions(commandOptions(command, flags));
  let target: Target;
  try {
    target = wireTarget({ ...options, limits: limitsOf(await greet(options)) });
  } catch (cause) {
    if (!(cause instanceof RigError)) throw cause;
    return { target: options.name, checks: [fault('handshake', cause.message, cause.remedy)], unchecked: [] };
  }
  const lines = await discipline(options, conformWorld(target));
  if (lines.some(check => check.soundness === 'fault'))
    return { target: options.name, checks: lines, unchecked: [] };
  const rest = await checked(target);
  return { ...rest, checks: [...lines, ...rest.checks] };
}

async function checked(target: Target): Promise<Conformity> {
  try {
    return await conform(target);
  } catch (cause) {
    const check = died(cause);
    if (check === undefined) throw cause;
    return { target: target.name, checks: [check], unchecked: [] };
  }
}

function nextStep(
  verdict: ReturnType<typeof conformVerdict>,
  name: string,
  flags: ProgramFlags,
  checks: readonly ConformityCheck[],
): string {
  const what = flags.command === undefined ? name : replayWords(undefined, flags).trim();
  if (verdict === 'unsound') {
    const wrong = checks.find(check => check.soundness === 'fault');
    return `mend ${wrong?.id ?? 'it'}, and again: npx cowcheck conform ${what}`;
  }
  return `npx cowcheck fuzz ${what} --time ${verdict === 'weak' ? '10m' : '60s'}`;
}
