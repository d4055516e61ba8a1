// Texts that came from the other side, made fit to stand in a message.

/** Printable ASCII as it is, every other byte as \xNN, cut to `most` characters. */
export function escaped(bytes: Uint8Array | string, most = 160): string {
  const given = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  let text = '';
  for (let i = 0; i < given.length; i++) {
    const byte = given[i] ?? 0;
    text +=
      byte === 0x5c
        ? '\\\\'
        : byte >= 0x20 && byte < 0x7f
          ? String.fromCharCode(byte)
          : `\\x${byte.toString(16).padStart(2, '0')}`;
    if (text.length > most) return `${text.slice(0, most)}… (${given.length} bytes)`;
  }
  return text;
}

/** What the program wrote for people, line feeds kept, as the tail of a message; empty if it wrote nothing. Short enough for a saved trace. */
export function saidOnError(stderr: Uint8Array): string {
  if (stderr.length === 0) return '';
  const lines = Buffer.from(stderr).toString('latin1').trimEnd().split('\n').slice(-12);
  return `; it wrote on standard error:\n${lines.map(line => `  ${escaped(Buffer.from(line, 'latin1'), 240)}`).join('\n')}`;
}

/** A line the protocol does not allow: what came, and what may come. */
export class BadLine extends Error {
  override readonly name = 'BadLine';
  readonly accepted: string;
  constructor(received: string, accepted: string) {
    super(received);
    this.accepted = accepted;
  }
}
