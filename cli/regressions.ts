// What a search replays first: the committed counterexamples of its target.
import type { Store } from '../runner/store.ts';
import { readTrace } from '../runner/trace-file.ts';
import type { SavedTrace } from './traces.ts';

/** Those of `target`, histories and races alike. Throws TraceError: one of them is damaged. */
export async function regressionsOf(store: Store, target: string): Promise<readonly SavedTrace[]> {
  const all = store.regressionsOf(target).map(path => ({ path, trace: readTrace(path) }));
  const races = all.filter(({ trace }) => trace.schedule !== undefined);
  if (races.length > 0) {
    const { scheduleOf } = await import('../targets/xv6/races/trace.ts');
    for (const { trace } of races) scheduleOf(trace);
  }
  return all;
}
