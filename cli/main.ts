#!/usr/bin/env node
// The command line: arguments in, exit code out.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { conformCommand } from './conform.ts';
import { DEFAULT_MAX_OPS } from '../runner/budget.ts';
import { Console } from './console.ts';
import type { doctorCommand } from './doctor.ts';
import { EXIT, UsageError } from './exit.ts';
import type { ExploreFlags } from './exploration.ts';
import type { FuzzFlags } from './fuzz.ts';
import type { mutantsCommand } from './mutants.ts';
import * as parse from './options.ts';
import type { pinCommand } from './pin.ts';
import type { RacesFlags } from './races.ts';
import type { replayCommand } from './replay.ts';
import type { shrinkCommand } from './shrink.ts';

const OUTPUT = '.cowcheck';
const REGRESSIONS = 'cowcheck-regressions';

/** Where commander writes: help as we write results; its errors are ours to word. */
const OUTPUTS = {
  writeOut: (text: string): void => new Console().print(text.trimEnd()),
  writeErr: (): void => {},
};

function version(): string {
  // Two folders up from dist/cli/main.js.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** The program; each action leaves its exit code in `done`. */
function program(done: (code: number) => void): Command {
  const root = new Command('cowcheck')
    .description(
      'Is this copy-on-write right? Checks an implementation against eager copying.\nWithout a command: cowcheck fuzz model --time 5s',
    )
    .version(version())
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput(OUTPUTS);
  const folders = (command: Command): Command =>
    command
      .option('--output <dir>', 'where findings and run records go', OUTPUT)
      .option('--regressions <dir>', 'committed counterexamples, replayed first', REGRESSIONS);
  const programs = (command: Command): Command =>
    command
      .option('--command <line>', 'the target is this program, which speaks docs/protocol.md')
      .option('--sandbox <how>', 'none, or bwrap: it reads everything and changes nothing', parse.sandbox)
      .option('--memory <size>', 'most memory of the program (default: 1GiB)', parse.bytes('--memory'))
      .option(
        '--max-processes <n>',
        'most processes of the program at once (default: 128)',
        parse.whole('--max-processes', 1, 100_000, '64'),
      )
      .option(
        '--answer-time <duration>',
        'most time for one answer of the program (default: 10s)',
        parse.duration('--answer-time'),
      )
      .option('--kernel <file>', 'for xv6: the kernel, as its own build makes it (kernel/kernel)')
      .option('--disk <file>', 'for xv6: its file system (fs.img); it is copied, never written')
      .option(
        '--smp <n>',
        'for xv6 and calf: harts (default: 1); with more, fuzz looks for races too',
        parse.whole('--smp', 1, 8, '3'),
      );

  programs(folders(root.command('fuzz')))
    .description(
      'search a target for a history that breaks a law: model, mutant:NAME, linux, linux:shared-arena, xv6, calf, calf:DEFECT, a file such as ./my-cow.mjs, or --command',
    )
    .argument('[target]', 'what to check (default: model)')
    .option(
      '--time <duration>',
      'stop after this long, such as 60s or 5m (default: 60s)',
      parse.duration('--time'),
    )
    .option('--runs <n>', 'stop after so many runs', parse.whole('--runs', 1, 1e12, '1000'))
    .option(
      '--seed <n>',
      'same seed, same search (default: COWCHECK_SEED, else random)',
      parse.whole('--seed', 0, 2 ** 31 - 1, '1'),
    )
    .option(
      '--max-ops <n>',
      'most ops of a run before its closing ones',
      parse.whole('--max-ops', 1, 10_000, '100'),
      DEFAULT_MAX_OPS,
    )
    .option('--profile <name>', 'base, oom, kernel, pin or all', parse.profile, 'all')
    .option('--ops <list>', 'use only these ops, such as fork,write,read', parse.ops)
    .option('--procs <n>', 'processes of the world', parse.whole('--procs', 1, 64, '4'))
    .option('--pages <n>', 'private data pages of a process', parse.whole('--pages', 1, 64, '3'))
    .option('--frames <n>', 'data frames of the world', parse.whole('--frames', 2, 1_000_000, '24'))
    .option('--soak', 'worlds of every shape the target can hold, up to 64 processes of 64 pages')
    .option(
      '--inspect <how>',
      'full: look at frames after every op; none: contents only',
      parse.inspect,
      'full',
    )
    .option(
      '--require <what>',
      'all: an op, rule or witness never seen makes it inconclusive',
      parse.required,
    )
    .option('--shard <i/n>', 'do only the i-th of n parts of the runs', parse.shard)
    .option(
      '--bail <n>',
      'stop after so many distinct findings (default: 1; kernels: 100)',
      parse.whole('--bail', 1, 1000, '1'),
    )
    .option('--no-shrink', 'report findings as they were found')
    .option(
      '--shrink-time <duration>',
      'most time to shrink one finding',
      parse.duration('--shrink-time'),
      30_000,
    )
    .option('--reporter <list>', 'text, json, junit, github (default: text)', parse.reporters)
    .option('--json', 'one JSON object on standard output and nothing else there')
    .action(async (target: string | undefined, flags: FuzzFlags) =>
      done(await (await import('./fuzz.ts')).fuzzCommand(target, flags)),
    );

  programs(folders(root.command('explore')))
    .description(
      'every state of a small world: model, mutant:NAME, a file whose object has save and restore; or every history of another target, each from its beginning',
    )
    .argument('[target]', 'what to explore (default: model)')
    .option('--procs <n>', 'processes at once (default: 3)', parse.whole('--procs', 1, 8, '3'))
    .option('--pages <n>', 'pages of data of a process (default: 2)', parse.whole('--pages', 1, 8, '2'))
    .option('--frames <n>', 'frames (default: enough for all)', parse.whole('--frames', 1, 64, '6'))
    .option('--values <n>', 'values that a page can hold (default: 2)', parse.whole('--values', 2, 16, '2'))
    .option('--ops <list>', 'only these ops, such as fork,write,exec; or all', parse.opsOrAll)
    .option(
      '--cpus <n>',
      'interleave the steps of so many processors, each with a TLB',
      parse.whole('--cpus', 1, 4, '3'),
    )
    .option(
      '--threads <n>',
      'processors that may run one address space (default: all)',
      parse.whole('--threads', 1, 4, '2'),
    )
    .option(
      '--depth <n>',
      'histories of at most so many ops (default: all; 4 on targets that cannot go back)',
      parse.whole('--depth', 1, 1000, '5'),
    )
    .option('--prove-symmetry', 'compare with the search of every state under its own names')
    .option('--serve', 'walk from state to state in a browser on this machine')
    .option('--port <n>', 'of --serve (default: a free one)', parse.whole('--port', 0, 65_535, '8080'))
    .option('--states <n>', 'give up beyond so many states', parse.whole('--states', 1, 1e9, '1000000'))
    .option('--time <duration>', 'stop after this long, to be gone on with later', parse.duration('--time'))
    .option(
      '--bail <n>',
      'stop after so many distinct findings (default: those of the fewest ops; 1 on targets that cannot go back)',
      parse.whole('--bail', 1, 1000, '1'),
    )
    .option('--json', 'one JSON object on standard output and nothing else there')
    .action(async (target: string | undefined, flags: ExploreFlags) =>
      done(await (await import('./explore.ts')).exploreCommand(target, flags)),
    );

  folders(root.command('races'))
    .description(
      'hold one hart of a kernel at the right instruction: which two ops at once break a law? xv6, calf, calf:DEFECT',
    )
    .argument('<target>', 'xv6, calf or calf:DEFECT')
    .option('--kernel <file>', 'for xv6: the kernel, as its own build makes it (kernel/kernel)')
    .option('--disk <file>', 'for xv6: its file system (fs.img); it is copied, never written')
    .option(
      '--preemptions <n>',
      '1: one hart is held once; 2: then both, once each',
      parse.whole('--preemptions', 1, 2, '2'),
      1,
    )
    .option('--ops <list>', 'only these: sbrk, fork, write, kwrite, exec, wait', parse.racingOps)
    .option('--time <duration>', 'stop after this long (default: 10m)', parse.duration('--time'))
    .option('--bail <n>', 'stop after so many findings', parse.whole('--bail', 1, 1000, '1'), 1)
    .option('--json', 'one JSON object on standard output and nothing else there')
    .action(async (target: string, flags: RacesFlags) =>
      done(await (await import('./races.ts')).racesCommand(target, flags)),
    );

  programs(folders(root.command('replay')))
    .description('run a saved trace again')
    .argument('<file|id|dir>', 'a trace file, the id of a finding, or a folder of traces')
    .option('--target <target>', 'on another target than it was found on')
    .option('--repeat <n>', 'so many times', parse.whole('--repeat', 1, 100_000, '20'), 1)
    .option('--inspect <how>', 'full or none', parse.inspect, 'full')
    .option('--trace', 'print every op with its answer')
    .option('--json', 'JSON on standard output and nothing else there')
    .action(async (what: string, flags: Parameters<typeof replayCommand>[1]) =>
      done(await (await import('./replay.ts')).replayCommand(what, flags)),
    );

  programs(folders(root.command('shrink')))
    .description('try for longer to make a saved counterexample shorter')
    .argument('<file|id>', 'a trace file or the id of a finding')
    .option('--time <duration>', 'how long to try', parse.duration('--time'), 300_000)
    .option('--target <target>', 'on another target than it was found on')
    .option('--inspect <how>', 'full or none', parse.inspect, 'full')
    .option('--json', 'JSON on standard output and nothing else there')
    .action(async (what: string, flags: Parameters<typeof shrinkCommand>[1]) =>
      done(await (await import('./shrink.ts')).shrinkCommand(what, flags)),
    );

  folders(root.command('pin'))
    .description('keep a finding as a regression')
    .argument('<file|id>', 'a trace file or the id of a finding')
    .action(async (what: string, flags: Parameters<typeof pinCommand>[1]) =>
      done((await import('./pin.ts')).pinCommand(what, flags)),
    );

  root
    .command('mutants')
    .description('the kill matrix: every seeded bug, who kills it, in how many ops')
    .option('--seed <n>', 'seed of the searches', parse.whole('--seed', 0, 2 ** 31 - 1, '1'))
    .option('--inspect <how>', 'full or none', parse.inspect, 'full')
    .option('--prove', 'search for anything shorter anew, and keep the proofs')
    .option('--markdown', 'the page docs/kill-matrix.md on standard output')
    .option('--json', 'JSON on standard output and nothing else there')
    .action(async (flags: Parameters<typeof mutantsCommand>[0]) =>
      done(await (await import('./mutants.ts')).mutantsCommand(flags)),
    );

  programs(root.command('conform'))
    .description('is this adapter sound? protocol, determinism, capabilities, capacity')
    .argument('[target]', 'what to check (default: model)')
    .option('--json', 'JSON on standard output and nothing else there')
    .action(async (target: string | undefined, flags: Parameters<typeof conformCommand>[1]) =>
      done(await (await import('./conform.ts')).conformCommand(target, flags)),
    );

  root
    .command('init')
    .description('write a commented target to start from')
    .argument('[file]', 'where to write it (default: cow.target.mjs)')
    .action(async (file: string | undefined) => done((await import('./init.ts')).initCommand(file)));

  root
    .command('doctor')
    .description('what this machine can run, and how to install what is missing')
    .option('--output <dir>', 'the folder to try', OUTPUT)
    .option('--json', 'JSON on standard output and nothing else there')
    .action(async (flags: Parameters<typeof doctorCommand>[0]) =>
      done(await (await import('./doctor.ts')).doctorCommand(flags)),
    );

  // Commands inherit neither of these from the root once it has been configured.
  for (const command of root.commands)
    command.exitOverride().configureOutput(OUTPUTS).showSuggestionAfterError(true);
  return root;
}

/** What commander found wrong, with what would be right. */
function usage(cause: CommanderError, root: Command): UsageError {
  const names = root.commands.map(command => command.name()).join(', ');
  const message = cause.message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
    .slice(0, 300);
  const command = root.commands.find(one => process.argv[2] === one.name());
  if (cause.code === 'commander.unknownCommand')
    return new UsageError(`${message}; the commands are ${names}; type: cowcheck --help`);
  if (cause.code === 'commander.unknownOption' && command !== undefined) {
    const flags = command.options.map(option => option.long ?? option.flags).join(' ');
    return new UsageError(
      `${message}; ${command.name()} takes ${flags}; type: cowcheck ${command.name()} --help`,
    );
  }
  return new UsageError(
    `${message}; type: cowcheck ${command?.name() ?? ''}${command === undefined ? '' : ' '}--help`,
  );
}

async function main(args: readonly string[]): Promise<number> {
  let code: number = EXIT.held;
  const root = program(result => {
    code = result;
  });
  try {
    await root.parseAsync(args.length === 0 ? ['fuzz', 'model', '--time', '5s'] : args, { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    if (cause.exitCode === 0) return EXIT.held;
    throw usage(cause, root);
  }
  return code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (cause) {
  const { line, code } = (await import('./explain.ts')).explain(cause);
  new Console().say(line);
  process.exitCode = code;
}
