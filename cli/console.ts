// Standard output and standard error: results on one, everything else on the other; a live line on a terminal.
import { writeSync } from 'node:fs';

/** Output that took nothing more: it is said once, and the work goes on to its exit code. */
const lost = new Set<1 | 2>();

/** Writes all of `text`, also to a pipe that is slow; a reader that has gone is no error, and a full disk ends no search. */
function put(stream: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0 && !lost.has(stream)) {
    try {
      rest = rest.subarray(writeSync(stream, rest));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EAGAIN') continue;
      lost.add(stream);
      if (code !== 'EPIPE' && stream === 1)
        put(2, `cowcheck: standard output cannot be written (${code ?? String(cause)})\n`);
    }
  }
}

export class Console {
  #live = false;

  /** A line of the result. */
  print(text: string): void {
    this.clear();
    if (text !== '') put(1, `${text}\n`);
  }

  /** A line about the work, on standard error. */
  say(text: string): void {
    this.clear();
    put(2, `${text}\n`);
  }

  /** The progress of a search: one line that renews itself on a terminal, a line each time elsewhere. */
  progress(line: string): void {
    if (process.stderr.isTTY) {
      put(2, `\r\u001b[2K${line.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1))}`);
      this.#live = true;
    } else put(2, `${line}\n`);
  }

  /** Takes the live line away. */
  clear(): void {
    if (!this.#live) return;
    put(2, '\r\u001b[2K');
    this.#live = false;
  }

  /** Milliseconds between progress reports. */
  get every(): number {
    return process.stderr.isTTY ? 200 : 3000;
  }
}
