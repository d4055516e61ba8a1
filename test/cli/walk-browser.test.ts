// The walk in a real browser: links are clicked, the address grows, back leads back, and the page fits a telephone.
import { spawnSync } from 'node:child_process';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen, type WalkServer } from '../../cli/serve.ts';
import { coarse } from '../../explorer/bounds.ts';
import { SmallWorld } from '../../explorer/small-world.ts';
import { Walker } from '../../explorer/walk.ts';
import { CowMachine } from '../../model/cow/machine.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { folder } from './cowcheck.ts';

const BROWSER = '/usr/bin/chromium';
const missing = spawnSync(BROWSER, ['--version']).error !== undefined;
if (missing)
  console.warn(
    'the walk is not tested in a browser: chromium is not there; to run it: apt-get install chromium',
  );

describe.skipIf(missing)('in Chromium', { timeout: 120_000 }, () => {
  let server: WalkServer;
  let browser: BrowserContext;
  let page: Page;
  /** Whatever the page complains of, and whatever it asks for. */
  const complaints: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    const world = { pageSize: 8, processes: 3, frames: 6, images: [{ name: 'only', text: 1, data: 2 }] };
    const { can } = await modelTarget().open(world);
    const offered = { ...can, ops: ['fork', 'exit', 'wait', 'read', 'write', 'kill'] as const };
    const space = await SmallWorld.of({ world, machine: CowMachine, can: offered, grain: coarse(2) });
    server = await listen(new Walker(space), { about: 'the model, three processes' });
    browser = await chromium.launchPersistentContext(folder(), {
      executablePath: BROWSER,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage();
    page.on('console', message => complaints.push(message.text()));
    page.on('pageerror', error => complaints.push(error.message));
    page.on('request', request => asked.push(request.url()));
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const click = (text: string): Promise<void> =>
    page.getByRole('navigation', { name: 'Moves' }).getByText(text, { exact: true }).click();
  const heading = (): Promise<string | null> => page.locator('h1').textContent();
  /** What a reader sees of the state, without the path to it. */
  const state = (): Promise<string> => page.locator('#state').innerText();
  const path = (): string => page.url().slice(server.url.length);

  test('three moves and back', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(server.url);
    expect(await heading()).toBe('The start');
    const places: { readonly path: string; readonly state: string }[] = [];
    for (const [move, grown] of [
      ['fork A -> B', '?path=fork.A.B'],
      ['write A data+0 length 4 = 224', '?path=fork.A.B~write.A.data+0.4.224'],
      ['exit B status 224', '?path=fork.A.B~write.A.data+0.4.224~exit.B.224'],
    ] as const) {
      places.push({ path: path(), state: await state() });
      await click(move);
      expect(path()).toBe(grown);
      expect(await heading()).toContain(move);
      expect(await state()).not.toBe(places.at(-1)?.state);
    }
    for (const place of places.toReversed()) {
      await page.goBack();
      expect({ path: path(), state: await state() }).toEqual(place);
    }
    // The path is an address: it can be kept, and leads there.
    await page.goto(`${server.url}?path=fork.A.B~write.A.data+0.4.224`);
    expect(await state()).toBe(places.at(-1)?.state);
    await page.getByRole('link', { name: 'fork A -> B', exact: true }).click();
    expect(path()).toBe('?path=fork.A.B');
    await page.getByRole('link', { name: 'Back by one op' }).click();
    expect(path()).toBe('');
  });

  test('with the keyboard alone: past the state to the moves, and on', async () => {
    await page.goto(server.url);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the moves');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await Promise.all([page.waitForURL(/path=/), page.keyboard.press('Enter')]);
    expect(path()).toBe('?path=fork.A.B');
  });

  test.each([
    [360, 'light'],
    [360, 'dark'],
    [1280, 'light'],
  ] as const)(
    'at %d pixels, %s: nothing is wider than the screen, every text stands out',
    async (width, scheme) => {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(`${server.url}?path=fork.A.B~write.A.data+0.4.224`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const faint = await page.evaluate(FAINT);
      expect(faint).toEqual([]);
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(scheme === 'dark' ? 'rgb(22, 21, 18)' : 'rgb(251, 250, 248)');
    },
  );

  test('nothing was asked for but pages of the walk, and nothing was complained of', () => {
    const strange = asked.filter(url => !url.startsWith(server.url) && url !== 'data:,');
    expect({ strange, complaints }).toEqual({ strange: [], complaints: [] });
    expect(asked.length).toBeGreaterThan(10);
  });
});

/** In the page: texts with a contrast below 4.5 to their ground (WCAG 2, AA). */
const FAINT = `(() => {
  const channels = color => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = color => {
    const [r, g, b] = channels(color).map(c => c / 255).map(c => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  for (const element of document.querySelectorAll('main *, header *, .side *')) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(element.namespaceURI.endsWith('svg') ? style.fill : style.color), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(element.className + ': ' + element.textContent.trim().slice(0, 40) + ' ' + contrast.toFixed(2));
  }
  return found;
})()`;
