// The picture of a state: the pages of each process on the left, the frames they map on the right, as inline SVG.
import { forXml } from './escape.ts';
import type { ShownState } from './walk.ts';

const WIDTH = 340;
const ROW = 24;
const BOX = 20;
const LEFT = 118;
const RIGHT = 222;

interface Line {
  readonly from: number;
  readonly frame: number;
  readonly style: 'write' | 'cow' | 'slot' | '';
}

/** What the styles of lines mean. */
const KEY = [
  ['write', 'may be stored to'],
  ['cow', 'copy-on-write'],
  ['', 'read only'],
  ['slot', 'swapped out'],
] as const;

/** `isChanged`: did the last move change anything of `A data+0`, of `frame 1`? */
export function walkDiagram(state: ShownState, isChanged: (of: string) => boolean): string {
  const parts: string[] = [];
  const lines: Line[] = [];
  let y = 2;
  for (const { name, state: life, memory, pages } of state.processes) {
    const shared = memory === undefined ? '' : `, with ${memory}`;
    parts.push(
      `<text class="name${isChanged(name) ? ' hit' : ''}" x="2" y="${y + 14}">${forXml(`${name}: ${life.split(/[ ,]/)[0] ?? ''}${shared}`)}</text>`,
    );
    y += ROW - 2;
    for (const { at, permission, frame, bits } of pages) {
      if (frame === undefined && permission === 'none') continue;
      parts.push(box(2, y, LEFT, isChanged(`${name} ${at}`) ? 'hit' : frame === undefined ? 'free' : ''));
      parts.push(`<text x="8" y="${y + 14}">${forXml(at)}</text>`);
      parts.push(
        `<text class="faint" x="${LEFT - 4}" y="${y + 14}" text-anchor="end">${forXml(permission)}</text>`,
      );
      if (frame !== undefined) lines.push({ from: y + BOX / 2, frame, style: styleOf(bits) });
      y += ROW;
    }
    y += 8;
  }
  const placed = new Map<number, number>();
  let down = 2;
  for (const { number, role, free, count } of state.frames) {
    const hit = isChanged(`frame ${number}`);
    if (free && !hit) continue;
    placed.set(number, down + BOX / 2);
    parts.push(box(RIGHT, down, WIDTH - RIGHT - 2, hit ? 'hit' : free ? 'free' : ''));
    parts.push(`<text x="${RIGHT + 6}" y="${down + 14}">frame ${number}</text>`);
    parts.push(
      `<text class="faint" x="${WIDTH - 8}" y="${down + 14}" text-anchor="end">${free ? 'free' : `${role === 'data' ? '' : `${forXml(role)} `}×${count}`}</text>`,
    );
    down += ROW;
  }
  const curves = lines.map(({ from, frame, style }) => {
    const to = placed.get(frame) ?? from;
    const middle = (LEFT + RIGHT) / 2;
    return `<path class="${style}" d="M${LEFT + 2} ${from}C${middle} ${from} ${middle} ${to} ${RIGHT} ${to}"/>`;
  });
  return [
    `<svg viewBox="0 0 ${WIDTH} ${Math.max(y, down)}" role="img" aria-label="Pages of each process and the frames they map; the tables below say the same in words.">`,
    ...curves,
    ...parts,
    '</svg>',
    `<ul class="key">${KEY.filter(([style]) => style !== 'slot' || lines.some(line => line.style === style))
      .map(
        ([style, text]) =>
          `<li><svg viewBox="0 0 34 8" aria-hidden="true"><path class="${style}" d="M1 4H33"/></svg>${text}</li>`,
      )
      .join('')}</ul>`,
  ].join('');
}

function box(x: number, y: number, width: number, style: string): string {
  return `<rect class="${style}" x="${x}" y="${y}" width="${width}" height="${BOX}" rx="4"/>`;
}

function styleOf(bits: readonly string[]): Line['style'] {
  if (bits.includes('swapped')) return 'slot';
  if (bits.includes('writable')) return 'write';
  return bits.includes('copy-on-write') ? 'cow' : '';
}
