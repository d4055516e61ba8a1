// cowcheck pin: keeps a finding as a regression that every later fuzz of its target replays first.
import { Store } from '../runner/store.ts';
import { Console } from './console.ts';
import { EXIT, UsageError } from './exit.ts';
import { savedTraces } from './traces.ts';

export function pinCommand(
  what: string,
  flags: { readonly regressions: string; readonly output: string },
): number {
  const out = new Console();
  const store = new Store(flags.output, flags.regressions);
  const saved = savedTraces(what, store);
  for (const { path, trace } of saved)
    if (trace.finding === undefined)
      throw new UsageError(
        `${path} is a bare trace: no finding says on which target it broke a law, so no search would replay it; type: cowcheck shrink ${path} --target TARGET, and pin what that saves`,
      );
  for (const { trace } of saved) out.print(`kept as ${store.pin(trace)}`);
  return EXIT.held;
}
