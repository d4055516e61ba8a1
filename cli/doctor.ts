// cowcheck doctor: what this machine can run, and the command that installs what is missing.
import { spawnSync } from 'node:child_process';
import { Rig } from '../runner/rig.ts';
import { prepareFolder } from '../runner/store.ts';
import { worldOf } from '../runner/worlds.ts';
import { bubble } from '../targets/command/sandbox.ts';
import { linuxTarget } from '../targets/linux/target.ts';
import { modelTarget } from '../targets/model/session.ts';
import { xv6Tools } from '../targets/xv6/tools.ts';
import { RigError, type Target } from '../spec/target.ts';
import { Console } from './console.ts';
import { EXIT } from './exit.ts';
import { explain } from './explain.ts';
import { forTerminal } from '../report/escape.ts';

interface Check {
  readonly what: string;
  readonly works: boolean;
  readonly detail: string;
  readonly remedy?: string;
}

/** Returns the exit code: 0, or 4 if not even the built-in model runs here. */
export async function doctorCommand(flags: {
  readonly json?: boolean;
  readonly output: string;
}): Promise<number> {
  const out = new Console();
  const checks = [
    node(),
    compiler(),
    await sandbox(),
    ...xv6Tools(),
    folder(flags.output),
    await opens('target model', modelTarget()),
    await opens('target linux', linuxTarget()),
  ];
  if (flags.json === true) out.print(JSON.stringify({ checks }));
  else
    for (const check of checks) {
      out.print(
        `${check.works ? 'ok      ' : 'missing '} ${check.what.padEnd(15)} ${forTerminal(check.detail)}`,
      );
      if (check.remedy !== undefined) out.print(`         what to do:     ${forTerminal(check.remedy)}`);
    }
  return checks.some(check => check.what === 'target model' && !check.works) ? EXIT.rig : EXIT.held;
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const works = major > 20 || (major === 20 && minor >= 19);
  return {
    what: 'node',
    works,
    detail: process.version,
    ...(works ? {} : { remedy: 'install Node.js 20.19 or newer' }),
  };
}

function compiler(): Check {
  const run = spawnSync('cc', ['--version'], { encoding: 'utf8' });
  const works = run.status === 0;
  return {
    what: 'C compiler',
    works,
    detail: works
      ? (run.stdout.split('\n')[0] ?? '')
      : 'cc is not there; the linux target builds its agent with it',
    ...(works ? {} : { remedy: 'apt-get install gcc libc6-dev' }),
  };
}

async function sandbox(): Promise<Check> {
  try {
    await bubble();
    return { what: 'sandbox', works: true, detail: 'bubblewrap, for --sandbox bwrap' };
  } catch (cause) {
    if (!(cause instanceof RigError)) throw cause;
    return { what: 'sandbox', works: false, detail: cause.message, remedy: cause.remedy };
  }
}

function folder(path: string): Check {
  try {
    prepareFolder(path);
    return { what: 'output folder', works: true, detail: path };
  } catch (cause) {
    return { what: 'output folder', works: false, detail: (cause as Error).message };
  }
}

async function opens(what: string, target: Target): Promise<Check> {
  try {
    const rig = await Rig.open(target, worldOf(target.limits?.pageSize ?? 8, 3, 2, 12));
    const { identity, inspects, leftOut } = rig.can;
    await rig.close();
    const sees = Object.entries(inspects).flatMap(([name, offered]) => (offered ? [name] : []));
    const who = Object.entries(identity).map(([key, value]) => `${key} ${value}`);
    return {
      what,
      works: true,
      detail: [`inspects ${sees.join(', ') || 'nothing'}`, ...who, ...leftOut].join('; '),
    };
  } catch (cause) {
    const remedy = cause instanceof Error && 'remedy' in cause ? String(cause.remedy) : undefined;
    return {
      what,
      works: false,
      detail: explain(cause).line.replace(/^cowcheck: /, ''),
      ...(remedy === undefined ? {} : { remedy }),
    };
  }
}
