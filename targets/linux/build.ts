// The Linux agent, built with the system's C compiler at first use.
import { type Built, built } from '../agents.ts';

const FLAGS = ['-O2', '-fno-stack-protector', '-fno-delete-null-pointer-checks', '-U_FORTIFY_SOURCE', '-w'];

let once: Promise<Built> | undefined;

/** The agent, built if need be. Throws RigError without a compiler. */
export function linuxAgent(directory?: string): Promise<Built> {
  const build = (): Promise<Built> =>
    built(
      {
        what: 'the Linux agent',
        code: 'linux',
        name: `linux-agent-${process.arch}`,
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
        compiled: ['linux/agent.c'],
        compilers: [process.env['CC'] ?? 'cc'],
        // Static first: an image without a dynamic linker starts sooner and has no lazily bound symbols to fault on.
        flags: [
          [...FLAGS, '-static'],
          [...FLAGS, '-Wl,-z,now'],
        ],
        install: 'apt-get install gcc libc6-dev',
      },
      directory,
    );
  if (directory !== undefined) return build();
  once ??= build().catch((cause: unknown) => {
    once = undefined;
    throw cause;
  });
  return once;
}
