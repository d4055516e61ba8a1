// The running Linux kernel as a target, and its negative control.
import { execFileSync } from 'node:child_process';
import { RigError, type Target } from '../../spec/target.ts';
import { wireTarget } from '../wire.ts';
import { linuxAgent } from './build.ts';
import { LINUX_DIALECT, LINUX_SOURCES } from './dialect.ts';

/** Bytes in a page of this machine; 4096 where it cannot be asked. */
function pageSize(): number {
  if (process.arch === 'x64' || process.platform !== 'linux') return 4096;
  try {
    return Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' })) || 4096;
  } catch {
    return 4096;
  }
}

export interface LinuxOptions {
  /** The processor all processes run on; absent: one of those allowed. */
  readonly cpu?: number;
  /** Where to keep the built agent; absent: the user's cache. */
  readonly cache?: string;
  /** What to start the agent with, such as `setpriv --reuid 65534 …`. */
  readonly under?: readonly string[];
  /** Milliseconds without any answer after which the kernel or agent counts as hung. */
  readonly deadline?: number;
  /** Further environment of the agent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Do not use a process-id namespace even where it is allowed. */
  readonly namespace?: boolean;
}

/**
 * `linux`, or `linux:shared-arena`: the negative control, in which fork shares the memory instead of copying it.
 * The control shows no frames, so that only contents can catch it.
 */
export function linuxTarget(variant?: 'shared-arena', options: LinuxOptions = {}): Target {
  const name = variant === undefined ? 'linux' : `linux:${variant}`;
  const identity: Record<string, string> = {};
  return wireTarget({
    name,
    limits: { pageSize: pageSize(), processes: 64, pages: 512, sessions: 6, concurrent: 4 },
    dialect: LINUX_DIALECT,
    sources: LINUX_SOURCES,
    identity,
    ...(options.deadline !== undefined && { deadline: options.deadline }),
    command: async () => {
      if (process.platform !== 'linux')
        throw new RigError(
          'linux-only',
          `the ${name} target drives the running Linux kernel; this is ${process.platform}`,
          'use it on Linux, or check the built-in model: npx cowcheck fuzz model',
        );
      const agent = await linuxAgent(options.cache);
      identity['agent'] = agent.hash;
      const line = [
        ...(options.under ?? []),
        agent.path,
        ...(variant === undefined ? [] : [`--${variant}`]),
        ...(options.namespace === false ? ['--no-namespace'] : []),
        ...(options.cpu === undefined ? [] : ['--cpu', String(options.cpu)]),
      ];
      const [file = agent.path, ...args] = line;
      return { file, args, env: { ...process.env, ...options.env } };
    },
  });
}
