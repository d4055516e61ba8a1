// Which line of a kernel's source an instruction is of, from its debug information.
import { execFile } from 'node:child_process';
import { escaped } from '../../wire/refusal.ts';

const PATIENCE = 30_000;
const LONGEST = 60;

/** By address `function, file:line`; an address that gdb knows nothing of is left out. Never throws: without gdb there are none. */
export function linesOf(kernel: string, addresses: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const asked = [...new Set(addresses)];
  const args = ['-nx', '-nh', '-batch', '-iex', 'set auto-load off'];
  for (const address of asked) args.push('-ex', `info line *0x${address.toString(16)}`);
  return new Promise(resolve => {
    execFile(
      'gdb-multiarch',
      [...args, '--', kernel],
      { timeout: PATIENCE, maxBuffer: 4 << 20, env: { ...process.env, DEBUGINFOD_URLS: '' } },
      (_, stdout) => {
        const lines = new Map<number, string>();
        const told = stdout
          .replaceAll(/\n +/g, ' ')
          .split('\n')
          .filter(line => /^(Line|No line)/.test(line));
        for (const [i, line] of told.entries()) {
          const match = /^Line (\d+) of "(.*?)" .*?<([^+>]+)/.exec(line);
          const address = asked[i];
          if (match === null || address === undefined) continue;
          const file = (match[2] ?? '').split('/').at(-1) ?? '';
          lines.set(address, `${escaped(match[3] ?? '', LONGEST)}, ${escaped(file, LONGEST)}:${match[1]}`);
        }
        resolve(lines);
      },
    );
  });
}
