// Which target a command line means: a name, or a program given with --command.
import type { Target } from '../spec/target.ts';
import type { CommandOptions } from '../targets/command/target.ts';
import type { Sandbox } from '../targets/command/sandbox.ts';
import { type MachineFlags, namedTarget } from '../targets/named.ts';
import { isFileName } from '../targets/own/name.ts';
import { UsageError } from './exit.ts';

/** The flags that say which program and what it may use, or which kernel and in what machine. */
export interface ProgramFlags extends MachineFlags {
  readonly command?: string;
  readonly sandbox?: Sandbox;
  readonly memory?: number;
  readonly maxProcesses?: number;
  readonly answerTime?: number;
}

export function commandOptions(command: string, flags: ProgramFlags): CommandOptions {
  return {
    command,
    ...(flags.sandbox === undefined ? {} : { sandbox: flags.sandbox }),
    ...(flags.memory === undefined ? {} : { memory: flags.memory }),
    ...(flags.maxProcesses === undefined ? {} : { processes: flags.maxProcesses }),
    ...(flags.answerTime === undefined ? {} : { answerTime: flags.answerTime }),
  };
}

/** The target called `name`, or the program of --command; `otherwise` if neither is given. */
export async function targetOf(
  name: string | undefined,
  flags: ProgramFlags,
  otherwise: string,
): Promise<Target> {
  const { command } = flags;
  if (command !== undefined) {
    if (name !== undefined && name !== 'command')
      throw new UsageError(
        `two targets were given, ${JSON.stringify(name.slice(0, 80))} and --command; one is accepted; type: cowcheck fuzz --command '…'`,
      );
    const { commandTarget } = await import('../targets/command/target.ts');
    return commandTarget(commandOptions(command, flags));
  }
  const lost = Object.entries({
    '--sandbox': flags.sandbox,
    '--memory': flags.memory,
    '--max-processes': flags.maxProcesses,
    '--answer-time': flags.answerTime,
  }).find(([, value]) => value !== undefined);
  if (lost !== undefined)
    throw new UsageError(
      `${lost[0]} is about a program, and none was given; type: cowcheck fuzz --command './my-agent' ${lost[0]} …`,
    );
  return namedTarget(name ?? otherwise, { kernel: flags.kernel, disk: flags.disk, smp: flags.smp });
}

/** The flags of the machine as they were typed; empty if none was. */
export function machineWords(flags: MachineFlags): string {
  return Object.entries({ '--kernel': flags.kernel, '--disk': flags.disk, '--smp': flags.smp })
    .flatMap(([flag, value]) => (value === undefined ? [] : [` ${flag} ${word(String(value))}`]))
    .join('');
}

/** What a printed replay command must say beside the file, so that it can be typed as it stands. */
export function replayWords(name: string | undefined, flags: ProgramFlags): string {
  if (flags.command === undefined)
    return name !== undefined && isFileName(name) ? ` --target ${word(name)}` : machineWords(flags);
  const sandbox = flags.sandbox === undefined ? '' : ` --sandbox ${flags.sandbox}`;
  return ` --command ${quoted(flags.command)}${sandbox}`;
}

/** `found`, its replay command with `words` behind it. */
export function asTyped<Found extends { readonly replay: string }>(found: Found, words: string): Found {
  return found.replay === '' ? found : { ...found, replay: `${found.replay}${words}` };
}

/** One word for a shell, quoted where it must be. */
function word(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : quoted(text);
}

/** One word for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The target a saved trace was found on, unless the command line names another. */
export async function targetOfTrace(
  name: string | undefined,
  flags: ProgramFlags,
  found: { readonly target: string; readonly identity: Readonly<Record<string, string>> } | undefined,
  typed: string,
): Promise<Target> {
  if (name === undefined && flags.command === undefined && found?.target === 'command') {
    const was = found.identity['command'];
    throw new UsageError(
      `the trace was found on a program, and what a file says is not run unless you type it${was === undefined ? '' : ` (it was ${quoted(was)})`}; type: cowcheck ${typed} --command '…'`,
    );
  }
  if (name === undefined && flags.command === undefined && found !== undefined && isFileName(found.target))
    throw new UsageError(
      `the trace was found on the file ${JSON.stringify(found.target.slice(0, 200))}, and code that a trace names is not run unless you type it; type: cowcheck ${typed} --target ${quoted(found.target)}`,
    );
  return targetOf(name, flags, found?.target ?? 'model');
}
