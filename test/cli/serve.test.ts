// The walk as a server: pages over real HTTP, what is refused and in which words, strangers' hosts, ports, signals.
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../cli/exit.ts';
import { listen, type WalkServer } from '../../cli/serve.ts';
import { coarse } from '../../explorer/bounds.ts';
import { SmallWorld } from '../../explorer/small-world.ts';
import { Walker } from '../../explorer/walk.ts';
import { CowMachine } from '../../model/cow/machine.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { folder, MAIN, start } from './cowcheck.ts';

/** Its second process can store to what it shares. */
class Leaks extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    const bits = this.bits[entry] ?? 0;
    super.sharePage(entry, space, page);
    this.setEntry(entry, this.frame[entry] ?? -1, bits);
  }
}

async function serving(machine: typeof CowMachine, about: string): Promise<WalkServer> {
  const world = { pageSize: 8, processes: 2, frames: 4, images: [{ name: 'only', text: 1, data: 1 }] };
  const { can } = await modelTarget().open(world);
  const offered = { ...can, ops: ['fork', 'exit', 'wait', 'read', 'write'] as const };
  const space = await SmallWorld.of({ world, machine, can: offered, grain: coarse(2) });
  return listen(new Walker(space), { about });
}

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly html: string;
  /** Without the style and the tags, spaces made one. */
  readonly text: string;
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" } as const;

/** The request as written: no browser corrects the path, the method or the host. */
function get(url: string, path = '/', method = 'GET', host?: string): Promise<Got> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    request({ hostname, port, path, method, headers, agent: false }, response => {
      let html = '';
      response.setEncoding('utf8').on('data', (more: string) => {
        html += more;
      });
      response.on('end', () => {
        const text = html
          .replace(/<style>[^]*?<\/style>/, '')
          .replace(/<[^>]*>/g, ' ')
          .replace(/&(amp|lt|gt|quot|apos);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name])
          .replace(/\s+/g, ' ');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, html, text });
      });
    })
      .on('error', reject)
      .end();
  });
}

let server: WalkServer;
let wrong: WalkServer;
beforeAll(async () => {
  server = await serving(CowMachine, 'the model & <two> processes');
  wrong = await serving(Leaks, 'a machine that leaks');
});
afterAll(async () => {
  await server.close();
  await wrong.close();
});

/** Where the links of a page lead, in order. */
const links = (html: string): readonly string[] =>
  [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href = '']) => href);

describe('a page', () => {
  test('shows the path, the state, what changed and where it can go', async () => {
    const { status, headers, html, text } = await get(server.url, '/?path=fork.A.B~write.A.data+0.4.224');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:(;|$)/,
    );
    expect(text).toContain('the model & <two> processes');
    expect(text).toContain('After op 2: write A data+0 length 4 = 224');
    expect(text).toContain('forked: B in the parent, 0 in the child');
    expect(text).toContain('Laws held');
    expect(text).toContain('A data+0 frame: 0 → 1');
    expect(text).toMatch(
      /data\+0 rw private 1 was 0 present, writable was present, copy-on-write e0 00 00 00 24 25 26 27/,
    );
    expect(html).not.toMatch(/<script|\son[a-z]+=/i);
    // Nothing is fetched from anywhere, and nothing but this page is linked to.
    expect(html).not.toMatch(/https?:/);
    for (const href of links(html)) expect(href).toMatch(/^(\/|\/\?path=.+|#\w+)$/);
  });

  test('leads on: every link of the first pages is a page', async () => {
    const seen = new Set(['/']);
    for (const href of seen) {
      const { status, html } = await get(server.url, href);
      expect({ href, status }).toEqual({ href, status: 200 });
      if (seen.size < 60) for (const next of links(html)) if (next.startsWith('/')) seen.add(next);
    }
    expect(seen.size).toBeGreaterThan(60);
  });

  test('of the start stands at the address without a path too', async () => {
    const { html } = await get(server.url);
    expect((await get(server.url, '/?path=')).html).toBe(html);
    expect((await get(server.url, '/?')).html).toBe(html);
  });

  test('takes a path as browsers may write it', async () => {
    const { html } = await get(server.url, '/?path=fork.A.B~write.A.data+0.4.224');
    expect((await get(server.url, '/?path=fork%2EA%2EB%7Ewrite.A.data%2B0.4.224')).html).toBe(html);
  });

  test('foretells a broken law and shows it', async () => {
    const first = await get(wrong.url);
    expect(first.text).toMatch(/Break a law \(1\) fork A -> B breaks frames\.shared-is-read-only\/29/);
    const { status, text } = await get(wrong.url, '/?path=fork.A.B');
    expect(status).toBe(200);
    expect(text).toContain('Law broken: frames.shared-is-read-only');
    expect(text).toMatch(
      /Rule 29: .* required frame 0 has 2 holders: no entry may be writable found \d writable/,
    );
    expect(text).toContain('A history that has broken a law is over.');
  });
});

describe('what is refused', () => {
  test.each([
    ['/other', 404, 'there is one page, /?path=…; received /other'],
    ['/favicon.ico', 404, 'there is one page, /?path=…; received /favicon.ico'],
    ['/../../etc/passwd', 404, 'received /../../etc/passwd'],
    ['/?state=1', 400, 'an address is /?path=STEP~STEP…; received ?state=1'],
    ['/?path=fork.A.B&x=1', 400, 'an address is /?path=STEP~STEP…; received ?path=fork.A.B&x=1'],
    ['/?path=%', 400, 'the path is not readable: a % stands before two hex digits of UTF-8'],
    [
      '/?path=fork.A.B~%00',
      400,
      'step 2 is not readable: received "\\u0000"; a step is words with dots between',
    ],
    [
      '/?path=fork.A.B~fork.C.A',
      400,
      'step 2, fork.C.A, cannot be made there; what begins with fork there: fork.A.C, fork.B.C',
    ],
    [
      '/?path=__proto__',
      400,
      'step 1, __proto__, cannot be made there; what can be done there begins with: fork, exit',
    ],
    [`/?path=${'x~'.repeat(200)}x`, 400, 'a path has at most 200 steps; this one has more'],
  ])('%s', async (path, status, words) => {
    const got = await get(server.url, path);
    expect({ status: got.status, words: got.text }).toEqual({
      status,
      words: expect.stringContaining(words),
    });
    expect(got.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(links(got.html)).toContain('/');
  });

  test('a step that cannot be made: the page leads to where the path still goes', async () => {
    const { html } = await get(server.url, '/?path=fork.A.B~write.A.data+0.4.224~dance.A');
    expect(links(html)).toContain('/?path=fork.A.B~write.A.data+0.4.224');
  });

  test.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('%s', async method => {
    const { status, headers } = await get(server.url, '/', method);
    expect({ status, allow: headers['allow'] }).toEqual({ status: 405, allow: 'GET' });
  });

  test.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    'localhost:1',
    '127.0.0.1:PORT.evil.example',
    '[::1]:PORT',
  ])('the host %s', async host => {
    const { port } = new URL(server.url);
    const got = await get(server.url, '/', 'GET', host.replace('PORT', port));
    expect(got.status).toBe(403);
    expect(got.text).not.toContain('Laws held');
  });

  test('but not localhost', async () => {
    const { port } = new URL(server.url);
    expect((await get(server.url, '/', 'GET', `LOCALHOST:${port}`)).status).toBe(200);
  });
});

test.each([
  '/<script>alert(1)</script>',
  '/?path=<script>alert(1)</script>',
  '/?path=%3Cscript%3E"\'',
  '/?<script>',
])('nothing of %s becomes part of the page', async path => {
  const { status, html, text } = await get(server.url, path);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(html).not.toContain('<script');
  expect(text).toContain('<script>');
});

test('it listens on the loopback address alone, and a port that is taken is said', async () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const taken = createServer();
  await new Promise<void>(ready => taken.listen(0, '127.0.0.1', ready));
  const { port } = taken.address() as AddressInfo;
  const space = { at: () => expect.unreachable() };
  await expect(listen(space, { about: '', port })).rejects.toThrow(
    new UsageError(
      `--port was given ${port}, which cannot be had (another program listens there); it takes a port that is free; type for example: --port 0`,
    ),
  );
  taken.close();
});

test('a defect of ours is a page too, and the next page is served', async () => {
  const broken = await listen(
    {
      at: () => {
        throw new Error('<b>oops</b>');
      },
    },
    { about: '' },
  );
  const { status, html } = await get(broken.url);
  expect(status).toBe(500);
  expect(html).toContain('&lt;b&gt;oops&lt;/b&gt;');
  expect((await get(broken.url, '/x')).status).toBe(404);
  await broken.close();
});

describe('cowcheck explore --serve', () => {
  test.each([
    [
      'the model',
      ['model', '--procs', '2', '--pages', '1', '--ops', 'fork,write,exit'],
      'SIGINT',
      130,
      'fork.A.B~write.A.data+0.4.224',
      'model: 2 processes, 1 pages of data, 2 frames, 2 values',
      'After op 2: write A data+0 length 4 = 224',
      'Laws held',
    ],
    [
      'a mutant',
      ['mutant:fork-leaves-parent-writable', '--procs', '2', '--pages', '1'],
      'SIGTERM',
      143,
      'fork.A.B',
      'mutant:fork-leaves-parent-writable: 2 processes',
      'After op 1: fork A -> B',
      'Law broken: frames.shared-is-read-only',
    ],
    [
      'steps of processors',
      ['model', '--cpus', '2'],
      'SIGINT',
      130,
      '0.fork~0.share',
      'model: 2 processors',
      'After op 2: CPU 0: share',
      'CPU 0 runs A, in the kernel, next: flush local',
    ],
    [
      'a mutant of the steps',
      ['mutant:fork-flushes-nothing'],
      'SIGTERM',
      143,
      '0.fill.0~0.fork~0.share~0.unlock',
      'mutant:fork-flushes-nothing: 1 processor',
      'After op 4: CPU 0: unlock',
      'Law broken: translations.shared-is-read-only',
    ],
  ] as const)('%s', async (_, args, signal, code, path, about, heading, more) => {
    const run = start(process.execPath, [MAIN, 'explore', ...args, '--serve'], folder());
    let err = '';
    run.child.stderr?.on('data', (text: string) => {
      err += text;
    });
    await run.said('(Ctrl-C ends it)');
    const url = /http:\S+/.exec(err)?.[0] ?? '';
    // A browser that holds its connection.
    const held = await fetch(url);
    expect(held.status).toBe(200);
    const { status, text, html } = await get(url, `/?path=${path}`);
    expect([status, text]).toEqual([200, expect.stringContaining(about)]);
    expect(text).toContain(heading);
    expect(text).toContain(more);
    // Wherever it leads is a page.
    for (const href of links(html)
      .filter(one => one.startsWith('/'))
      .slice(0, 20))
      expect((await get(url, href)).status).toBe(200);
    run.child.kill(signal);
    const ended = await run.ended;
    expect(ended).toMatchObject({ code, signal: null, out: '' });
    expect(ended.err).toBe(
      `cowcheck: walk at ${url} (Ctrl-C ends it)\ncowcheck: stopping after this step (once more to stop at once)\n`,
    );
  });
});
