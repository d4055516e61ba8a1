// Makes text that a target wrote safe to show: on a terminal, in XML, in a CI command.

/** Control characters, escape sequences and direction marks become visible escapes; line feeds stay if asked for. */
export function forTerminal(text: string, lines = false): string {
  return Array.from(text, character => {
    const code = character.codePointAt(0) ?? 0;
    if (lines && character === '\n') return character;
    const hidden =
      code < 32 ||
      (code >= 127 && code < 160) ||
      (code >= 0x200b && code <= 0x200f) ||
      (code >= 0x2028 && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069) ||
      code === 0xfeff ||
      (code >= 0xd800 && code < 0xe000);
    if (!hidden) return character;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  }).join('');
}

/** Text for an XML element or attribute; what XML 1.0 cannot hold is escaped visibly first. */
export function forXml(text: string): string {
  return forTerminal(text, true)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replaceAll(/[\uFFFE\uFFFF]/g, '?');
}

/** The message of a GitHub workflow command. */
export function forGithubMessage(text: string): string {
  return forTerminal(text, true).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A property of a GitHub workflow command. */
export function forGithubProperty(text: string): string {
  return forGithubMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
