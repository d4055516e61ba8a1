// Ctrl-C and SIGTERM: the first ends the search in order, the second ends the program at once.
import { EXIT } from './exit.ts';
import type { Console } from './console.ts';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit code if a signal arrived. */
  code(): number | undefined;
  release(): void;
}

export function onInterrupt(out: Console): Interrupt {
  const controller = new AbortController();
  let code: number | undefined;
  const handle = (name: NodeJS.Signals): void => {
    const wanted = name === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    if (code !== undefined) {
      out.say('cowcheck: stopped at once; what was found before is on disk');
      process.exit(wanted);
    }
    code = wanted;
    out.say('cowcheck: stopping after this step (once more to stop at once)');
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    code: () => code,
    release: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
