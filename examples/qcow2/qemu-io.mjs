// One qemu-io for all images: commands in, what it prints out; and qemu-img for what it has no command for.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROMPT = 'qemu-io> ';
const MISSING = 'was not found; to install it: apt-get install qemu-utils';

/** Runs qemu-img; rejects with what it said. */
export async function qemuImg(...args) {
  try {
    return (await run('qemu-img', args)).stdout;
  } catch (cause) {
    if (cause.code === 'ENOENT') throw new Error(`qemu-img ${MISSING}`, { cause });
    throw new Error(`qemu-img ${args[0]}: ${(cause.stderr || cause.stdout || cause.message).trim()}`, { cause });
  }
}

/** It prints a prompt when it is ready, and after every command. */
export class QemuIo {
  #child = spawn('qemu-io', [], { stdio: ['pipe', 'pipe', 'pipe'] });
  #heard = '';
  #waiting;
  #ended;
  #ready;

  constructor() {
    const { stdin, stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr])
      stream.setEncoding('latin1').on('data', text => {
        this.#heard += text;
        this.#settle();
      });
    stdin.on('error', () => {});
    this.#child.on('error', cause => this.#fail(cause.code === 'ENOENT' ? `qemu-io ${MISSING}` : cause.message));
    this.#child.on('close', code => this.#fail(`qemu-io ended with code ${code}`));
    this.#ready = this.#prompt();
    this.#ready.catch(() => {});
  }

  /** What each of `commands` prints on `image`. Throws if qemu-io says that one of them failed. */
  async on(image, ...commands) {
    await this.#ready;
    // Without a flush to the disk: only what is in the files counts here.
    const lines = [`open -o driver=qcow2,cache.no-flush=on ${image}`, ...commands, 'close'];
    const said = [];
    // One by one: qemu-io waits for input again although it has read ahead.
    for (const line of lines) {
      this.#child.stdin.write(`${line}\n`);
      said.push(await this.#prompt());
    }
    const failed = said.find(text => /failed|error|can't|cannot|invalid|non-numeric/i.test(text));
    if (failed !== undefined) throw new Error(`qemu-io: ${failed.trim()}`);
    return said.slice(1, -1);
  }

  end() {
    this.#child.kill();
  }

  /** What it prints up to its next prompt. */
  #prompt() {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(new Error(this.#ended));
      this.#waiting = { resolve, reject };
      this.#settle();
    });
  }

  #settle() {
    const end = this.#heard.indexOf(PROMPT);
    if (this.#waiting === undefined || end < 0) return;
    const { resolve } = this.#waiting;
    const text = this.#heard.slice(0, end);
    this.#waiting = undefined;
    this.#heard = this.#heard.slice(end + PROMPT.length);
    resolve(text);
  }

  #fail(why) {
    this.#ended ??= why;
    this.#waiting?.reject(new Error(why));
    this.#waiting = undefined;
  }
}
