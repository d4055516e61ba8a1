// cowcheck pin: keeps a finding as a regression that every later fuzz of its target replays first.
import { Store } from '../runner/store.ts';
import { Console } from './console.ts';
import { EXIT } from './exit.ts';
import { savedTraces } from './traces.ts';

export function pinCommand(
  what: string,
  flags: { readonly regressions: string; readonly output: string },
): number {
  const out = new Console();
  const store = new Store(flags.output, flags.regressions);
  for (const { trace } of savedTraces(what, store)) out.print(`kept as ${store.pin(trace)}`);
  return EXIT.held;
}
