// Builds the Linux agent with the system's C compiler at first use.
import { join } from 'node:path';
import { type Built, compiled, type Recipe } from '../compiled.ts';

const FLAGS = ['-O2', '-fno-stack-protector', '-fno-delete-null-pointer-checks', '-U_FORTIFY_SOURCE', '-w'];
/** Static first: an image without a dynamic linker starts sooner and has no lazily bound symbols to fault on. */
const LINKS = [['-static'], ['-Wl,-z,now']];

const recipe = (): Recipe => ({
  name: 'linux-agent',
  what: 'the Linux agent',
  compiler: process.env['CC'] ?? 'cc',
  kind: 'C compiler',
  noCompiler: 'linux-no-compiler',
  install: 'apt-get install gcc libc6-dev',
  folder: 'agents',
  sources: [
    'linux/agent.c',
    'linux/ops.h',
    'linux/processes.h',
    'linux/inspect.h',
    'linux/ranges.h',
    'linux/worker.h',
    'linux/mapping.h',
    'linux/mailbox.h',
    'cowcheck.h',
  ],
  ways: ({ folder, out }) =>
    LINKS.map(link => [[...FLAGS, ...link, '-o', out, join(folder, 'linux', 'agent.c')]]),
});

let built: Promise<Built> | undefined;

/** The agent, built if need be. Throws RigError without a compiler. */
export function linuxAgent(directory?: string): Promise<Built> {
  if (directory !== undefined) return compiled(recipe(), directory);
  built ??= compiled(recipe()).catch((cause: unknown) => {
    built = undefined;
    throw cause;
  });
  return built;
}
