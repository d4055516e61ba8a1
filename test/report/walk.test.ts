// The pages of a walk: whatever a text holds, it stays text; what changed is marked, what is absent is not claimed.
import { describe, expect, test } from 'vitest';
import { type ShownWalk, walkErrorPage, walkPage } from '../../report/walk.ts';

const HOSTILE = `<i>"'&\u001b[31m\u202e`;
const OPTIONS = { about: HOSTILE, link: (steps: readonly string[]): string => `/?path=${steps.join('~')}` };

/** A walk in which every text is `text`. */
function walkOf(text: string): ShownWalk {
  return {
    steps: [{ text, step: text, answer: text, id: text }],
    start: text,
    id: text,
    metAt: 0,
    state: {
      processes: [
        {
          name: text,
          state: text,
          parent: text,
          image: text,
          memory: text,
          pages: [
            { at: text, permission: text, kind: text, frame: 0, bits: [text], bytes: text, eager: text },
            { at: text, permission: text, kind: text, bits: [] },
          ],
        },
        { name: text, state: text, parent: text, image: text, pages: [] },
      ],
      frames: [{ number: 0, role: text, free: false, count: 1, holders: [text, text], bytes: text }],
      cpus: [{ name: text, doing: text, translations: [{ page: text, frame: 0, writable: true }] }],
      totals: [{ name: text, value: text }],
    },
    changes: [
      { of: text, what: 'state', from: text, to: text },
      { of: `${text} ${text}`, what: 'bytes', from: text, to: text },
      { of: text, what: text, from: text, to: text },
      { of: text, what: 'there', from: 'no', to: 'yes' },
    ],
    breach: { invariant: text, rule: 1, required: text, found: text },
    laws: 1,
    moves: [
      { text, step: text, id: text, leads: 'new' },
      { text, step: text, id: `${text}2`, leads: 'breaks', law: text },
      { text, step: text, id: text, leads: 'back', to: 0 },
      { text, step: text, id: text, leads: 'same' },
      { text, step: text, id: text, leads: 'idle' },
    ],
  };
}

/** Tags of a page in order, without their attributes. */
const tags = (html: string): readonly string[] => [...html.matchAll(/<\/?[a-z]\w*/g)].map(([tag]) => tag);

test('no text becomes markup or drives a terminal, wherever it stands', () => {
  const html = walkPage(walkOf(HOSTILE), OPTIONS);
  expect(html).not.toContain('<i>');
  expect(html).not.toContain('\u001b');
  expect(html).not.toContain('\u202e');
  // The same tags as with harmless texts: no attribute was left, either.
  expect(tags(html)).toEqual(tags(walkPage(walkOf('x'), OPTIONS)));
  expect(walkErrorPage(HOSTILE, HOSTILE, [{ href: HOSTILE, text: HOSTILE }])).not.toContain('<i>');
});

describe('the page', () => {
  const html = walkPage(walkOf('x'), OPTIONS);

  test('is whole by itself: no script, nothing fetched', () => {
    expect(html).not.toMatch(/<(script|link rel="stylesheet"|img|iframe)|url\(|@import|https?:/);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  });

  test('can be read by who does not see it: headings in order, tables with heads and captions, a picture with words', () => {
    const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    levels.forEach((level, i) => expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1));
    const tables = html.match(/<table>[^]*?<\/table>/g) ?? [];
    expect(tables).toHaveLength(3);
    for (const table of tables) {
      expect(table).toMatch(/<caption>[^]+<th scope="col">/);
      for (const row of table.match(/<tbody>[^]*<\/tbody>/)?.[0].match(/<tr[^]*?<\/tr>/g) ?? [])
        expect(row).toContain('<th scope="row">');
    }
    for (const svg of html.match(/<svg[^>]*>/g) ?? [])
      expect(svg).toMatch(/role="img" aria-label="|aria-hidden="true"/);
    const ids = [...html.matchAll(/ id="(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, anchor] of html.matchAll(/href="#(\w+)"/g)) expect(ids).toContain(anchor);
  });

  test('says of a change what was there before', () => {
    expect(html).toContain('<span class="changed">x</span><span class="was">was x</span>');
  });

  test('shows translations only where they are kept', () => {
    expect(html).toContain('<h2>Translations</h2>');
    const walk = walkOf('x');
    const without = walkPage({ ...walk, state: { ...walk.state, cpus: [] } }, OPTIONS);
    expect(without).not.toContain('Translations');
  });

  test('folds the beginning of a long path, and every state of it can be reached', () => {
    const walk = walkOf('x');
    const steps = Array.from({ length: 30 }, (_, i) => ({
      text: `op${i}`,
      step: `s${i}`,
      answer: 'ok',
      id: 'x',
    }));
    const long = walkPage({ ...walk, steps }, { ...OPTIONS, about: '' });
    expect(long).toContain('<summary>The first 23 of 31 states</summary>');
    for (let n = 1; n <= 30; n++) {
      const path = steps.slice(0, n).map(({ step }) => step);
      expect(long).toContain(`href="${OPTIONS.link(path)}"`);
    }
    expect(long.match(/aria-current="page"/g)).toHaveLength(1);
  });
});
