// Programs that must not outlive us.
import { spawnSync } from 'node:child_process';

export interface Line {
  readonly file: string;
  readonly args: readonly string[];
}

let guards: boolean | undefined;

/** The command line that starts `file` so that the system ends it when we end, whatever ends us; as it is where that cannot be had. */
export function guarded(file: string, args: readonly string[]): Line {
  guards ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return guards ? { file: 'setpriv', args: ['--pdeathsig', 'KILL', file, ...args] } : { file, args };
}
