// A client of QEMU's gdb stub: stops the machine, lets single harts run, sets points, reads registers.
import type { Duplex } from 'node:stream';
import { RigError } from '../../../spec/target.ts';
import { packet, Packets, type Registers, registersOf, type Stop, stopOf } from './packets.ts';

/** Milliseconds for one answer. */
const PATIENCE = 5000;
/** A stop may come unasked right after the first byte. */
const DRAIN = 25;

/** Where a hart is to stop: before it executes there, or before it loads or stores any of `length` bytes. */
export interface Point {
  readonly kind: 'code' | 'access';
  readonly address: number;
  /** Bytes; of code 4, whatever the instruction has. */
  readonly length: number;
}

export class Gdb {
  readonly #stream: Duplex;
  readonly #packets = new Packets();
  readonly #came: string[] = [];
  #waiting: (() => void) | undefined;
  #gone: string | undefined;
  #running = true;

  /** Nothing is sent yet: the machine runs. */
  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => this.#hear(bytes));
    const ends = (why: string): void => {
      this.#gone ??= why;
      this.#waiting?.();
    };
    stream.on('error', cause => ends(cause.message));
    stream.on('close', () => ends('the connection was closed'));
    stream.on('end', () => ends('the connection was closed'));
  }

  /** Stops the machine and sees that somebody answers. Throws RigError. */
  async attach(): Promise<void> {
    this.#stream.write('\x03');
    await this.#next(PATIENCE);
    while ((await this.#next(DRAIN)) !== undefined) continue;
    this.#running = false;
    const answer = await this.#ask('vCont?');
    if (!/;c\b/.test(answer) || !/;s\b/.test(answer))
      throw this.#refusal(`it does not let one hart run: it offers "${answer.slice(0, 40)}"`);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Lets the named harts run, or all; the others stay where they are. */
  resume(harts?: readonly number[]): void {
    this.#running = true;
    this.#send(harts === undefined ? 'vCont;c' : `vCont;${harts.map(hart => `c:${hart + 1}`).join(';')}`);
  }

  /** The stop that ends this running; undefined: none within `ms`, and it runs on. Throws RigError when the machine is gone. */
  async stopped(ms: number): Promise<Stop | undefined> {
    for (const until = performance.now() + ms; ; ) {
      const left = until - performance.now();
      const text = left > 0 ? await this.#next(left) : undefined;
      if (text === undefined) return undefined;
      const stop = stopOf(text);
      if (stop === undefined) continue;
      this.#running = false;
      return stop;
    }
  }

  /** Stops all harts. A point that was met in this very moment is told instead. */
  async halt(): Promise<Stop> {
    // Told in the very moment in which it begins to run, QEMU may not hear it.
    for (let ms = 20; ms < PATIENCE; ms *= 2) {
      this.#stream.write('\x03');
      const stop = await this.stopped(ms);
      if (stop !== undefined) return stop;
    }
    throw this.#refusal('it does not stop when it is told to');
  }

  /** One instruction of one hart. */
  async step(hart: number): Promise<void> {
    this.#running = true;
    this.#send(`vCont;s:${hart + 1}`);
    if ((await this.stopped(PATIENCE)) === undefined)
      throw this.#refusal('it does not bring a hart back from one instruction');
  }

  async registers(hart: number): Promise<Registers> {
    await this.#order(`Hg${hart + 1}`);
    return registersOf(await this.#ask('g'));
  }

  async set(point: Point): Promise<void> {
    await this.#order(`Z${worded(point)}`);
  }

  async clear(point: Point): Promise<void> {
    await this.#order(`z${worded(point)}`);
  }

  async #order(text: string): Promise<void> {
    const answer = await this.#ask(text);
    if (answer !== 'OK') throw this.#refusal(`it answers "${answer.slice(0, 40)}" to ${text}`);
  }

  async #ask(text: string): Promise<string> {
    this.#send(text);
    const answer = await this.#next(PATIENCE);
    if (answer === undefined) throw this.#refusal(`it does not answer ${text}`);
    return answer;
  }

  #refusal(why: string): RigError {
    return new RigError(
      'xv6-gdb',
      `harts are held through QEMU's gdb stub, and ${why}`,
      'needed is QEMU 7 or newer with its gdb stub: apt-get install qemu-system-misc',
    );
  }

  #send(text: string): void {
    if (this.#gone === undefined) this.#stream.write(packet(text));
  }

  #hear(bytes: Buffer): void {
    try {
      for (const text of this.#packets.take(bytes.toString('latin1'))) {
        // At once: QEMU drops what follows a packet that it waits to see confirmed.
        this.#stream.write('+');
        this.#came.push(text);
      }
    } catch (cause) {
      this.#gone = (cause as Error).message;
      this.#stream.destroy();
    }
    if (this.#came.length > 0 || this.#gone !== undefined) this.#waiting?.();
  }

  /** The next packet; undefined after `ms`. Throws RigError when nothing will come any more. */
  async #next(ms: number): Promise<string | undefined> {
    if (this.#came.length > 0) return this.#came.shift();
    if (this.#gone === undefined)
      await new Promise<void>(resolve => {
        const late = setTimeout(() => this.#waiting?.(), ms);
        this.#waiting = () => {
          clearTimeout(late);
          this.#waiting = undefined;
          resolve();
        };
      });
    const text = this.#came.shift();
    if (text === undefined && this.#gone !== undefined) throw new MachineGone(this.#gone);
    return text;
  }
}

/** QEMU ended while a hart was held. */
export class MachineGone extends RigError {
  constructor(why: string) {
    super(
      'xv6-machine-gone',
      `QEMU ended in the middle of a race: ${why}`,
      'run it again; if it goes on, give the machine more memory or look into dmesg for who killed it',
    );
  }
}

const worded = ({ kind, address, length }: Point): string =>
  `${kind === 'code' ? 0 : 4},${address.toString(16)},${length}`;
