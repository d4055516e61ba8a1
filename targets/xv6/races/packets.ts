// The packets of the gdb remote protocol: `$text#checksum`, each answered by a `+`.

/** How many letters the sum of a packet has. */
const SUM = 2;

/** `text` as a packet. It holds no `$`, `#` or `}`. */
export function packet(text: string): string {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum + text.charCodeAt(i)) & 255;
  return `$${text}#${sum.toString(16).padStart(SUM, '0')}`;
}

/** Takes packets out of a stream of bytes, in whatever pieces it comes. */
export class Packets {
  #rest = '';

  /** The packets that are whole now, without their frame. Throws RangeError: not this protocol, or a wrong sum. */
  take(piece: string): readonly string[] {
    this.#rest += piece;
    const whole: string[] = [];
    for (;;) {
      this.#rest = this.#rest.replace(/^[+-]+/, '');
      if (this.#rest === '') return whole;
      if (!this.#rest.startsWith('$'))
        throw new RangeError(`a packet begins with $, and ${JSON.stringify(this.#rest.slice(0, 20))} came`);
      const end = this.#rest.indexOf('#');
      if (end < 0 || this.#rest.length < end + 1 + SUM) return whole;
      const text = this.#rest.slice(1, end);
      const framed = this.#rest.slice(0, end + 1 + SUM);
      if (packet(text) !== framed)
        throw new RangeError(`the sum of ${JSON.stringify(framed.slice(0, 40))} is wrong`);
      this.#rest = this.#rest.slice(framed.length);
      whole.push(expanded(text));
    }
  }
}

/** `0*-` stands for many zeros: a letter, a star, and how often more. */
function expanded(text: string): string {
  return text.replaceAll(/(.)\*(.)/gs, (_, letter: string, times: string) =>
    letter.repeat(times.charCodeAt(0) - 28),
  );
}

/** Why the machine stands still. */
export interface Stop {
  /** The hart that met something; undefined where the stub does not tell. */
  readonly hart: number | undefined;
  /** What it is about to touch, where a watchpoint stopped it: an address. */
  readonly watched: number | undefined;
  /** Was it told to stop? Else it met a point, or ended a step. */
  readonly asked: boolean;
}

/** A stop as `T05thread:01;awatch:80021234;` tells it; undefined: the packet is no stop. */
export function stopOf(text: string): Stop | undefined {
  const match = /^[TS]([0-9a-f]{2})(.*)$/s.exec(text);
  if (match === null) return undefined;
  const thread = /(?:^|;)thread:(?:p[0-9a-f]+\.)?([0-9a-f]+);?/.exec(match[2] ?? '');
  const watch = /[ar]?watch:([0-9a-f]+);?/.exec(match[2] ?? '');
  return {
    hart: thread === null ? undefined : Number.parseInt(thread[1] ?? '', 16) - 1,
    watched: watch === null ? undefined : Number.parseInt(watch[1] ?? '', 16),
    asked: match[1] === '02',
  };
}

/** Registers of a hart: x0 to x31 and the program counter, exact below 2^53. */
export interface Registers {
  readonly x: readonly number[];
  readonly pc: number;
}

/** The answer to `g`: 33 words of 64 bits, little-endian. Throws RangeError. */
export function registersOf(text: string): Registers {
  if (!/^[0-9a-fx]{528}/.test(text))
    throw new RangeError(`33 registers were expected, and ${text.length / 16} came`);
  const bytes = Buffer.from(text.slice(0, 528).replaceAll('x', '0'), 'hex');
  const word = (at: number): number => bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
  return { x: Array.from({ length: 32 }, (_, i) => word(8 * i)), pc: word(8 * 32) };
}
