// Work for all cores: one function of a module, many inputs, a worker thread a core.
import { availableParallelism } from 'node:os';

/** What the default export of `module` returns for each of `tasks`, in their order. */
export async function onAllCores<Result>(
  module: string,
  tasks: readonly object[],
): Promise<readonly Result[]> {
  const { Piscina } = await import('piscina');
  const most = Math.max(1, Math.min(tasks.length, availableParallelism()));
  const pool = new Piscina<object, Result>({ filename: module, minThreads: most, maxThreads: most });
  try {
    return await Promise.all(tasks.map(async task => pool.run(task)));
  } finally {
    await pool.destroy();
  }
}
