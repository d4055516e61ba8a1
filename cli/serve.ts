// The walk through a state space as pages for a browser on this machine: the address of a page is the path.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatPath, parsePath, type Walk, WalkError } from '../explorer/walk.ts';
import { walkErrorPage, walkPage } from '../report/walk.ts';
import type { Console } from './console.ts';
import { EXIT, UsageError } from './exit.ts';
import { onInterrupt } from './interrupt.ts';

/** What is walked through: a `Walker`. */
export interface Walks {
  at(path: readonly string[]): Walk;
}

export interface ServeOptions {
  /** The world in a line, for people. */
  readonly about: string;
  /** 0, the default: one that is free. */
  readonly port?: number;
}

export interface WalkServer {
  /** `http://127.0.0.1:40123/` */
  readonly url: string;
  close(): Promise<void>;
}

const HERE = '127.0.0.1';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

interface Answer {
  readonly status: number;
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves `walks` until Ctrl-C or SIGTERM and returns the exit code of that: 130 or 143. Throws UsageError if the port cannot be had. */
export async function serve(
  walks: Walks,
  options: ServeOptions & { readonly out: Console },
): Promise<number> {
  const { out } = options;
  const interrupt = onInterrupt(out);
  try {
    const server = await listen(walks, options);
    out.say(`cowcheck: walk at ${server.url} (Ctrl-C ends it)`);
    if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
    await server.close();
    return interrupt.code() ?? EXIT.held;
  } finally {
    interrupt.release();
  }
}

/** A server on the loopback address alone. Throws UsageError if the port cannot be had. */
export async function listen(walks: Walks, { about, port = 0 }: ServeOptions): Promise<WalkServer> {
  const server = createServer((request, response) => {
    const own = (server.address() as AddressInfo).port;
    send(response, answered(request, own, walks, about));
  });
  server.listen(port, HERE);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(
      `--port was given ${port}, which cannot be had (${code === 'EADDRINUSE' ? 'another program listens there' : (code ?? String(cause))}); it takes a port that is free; type for example: --port 0`,
    );
  }
  return {
    url: `http://${HERE}:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const link = (steps: readonly string[]): string => (steps.length === 0 ? '/' : `/?path=${formatPath(steps)}`);
const START = { href: link([]), text: 'To the start' };

function answered(request: IncomingMessage, port: number, walks: Walks, about: string): Answer {
  const { method, url = '', headers } = request;
  // A page of a stranger whose name was made to mean this machine sends that name.
  if (!isOwn(headers.host, port))
    return failure(
      403,
      'Another host was asked for',
      `this server answers to ${HERE}:${port} and localhost:${port}; received ${JSON.stringify((headers.host ?? '').slice(0, 100))}`,
    );
  if (method !== 'GET')
    return failure(405, 'Nothing can be sent here', `pages are read with GET; received ${method}`, {
      allow: 'GET',
    });
  const [path = '', query = '', ...more] = url.split('?');
  if (path !== '/')
    return failure(
      404,
      'There is no such page',
      `there is one page, /?path=…; received ${path.slice(0, 200)}`,
    );
  try {
    const steps = parsePath(pathIn([query, ...more].join('?')));
    return { status: 200, html: walkPage(walks.at(steps), { about, link }) };
  } catch (cause) {
    if (!(cause instanceof WalkError)) return defect(cause);
    const { before, message } = cause;
    return {
      status: 400,
      html: walkErrorPage('This path cannot be walked', message, [
        ...(before.length === 0
          ? []
          : [{ href: link(before), text: `To where it can be walked to: after op ${before.length}` }]),
        START,
      ]),
    };
  }
}

function isOwn(host: string | undefined, port: number): boolean {
  const names = [HERE, 'localhost'];
  const accepted = [...names.map(name => `${name}:${port}`), ...(port === 80 ? names : [])];
  return accepted.includes((host ?? '').toLowerCase());
}

/** The value of `path` in a query; `+` means itself. */
function pathIn(query: string): string {
  if (query === '') return '';
  const [name = '', ...value] = query.split('=');
  if (name !== 'path' || query.includes('&'))
    throw new WalkError(`an address is /?path=STEP~STEP…; received ?${query.slice(0, 200)}`);
  try {
    return decodeURIComponent(value.join('='));
  } catch {
    throw new WalkError(`the path is not readable: a % stands before two hex digits of UTF-8`);
  }
}

function failure(
  status: number,
  heading: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Answer {
  const html = walkErrorPage(heading, message, [START]);
  return headers === undefined ? { status, html } : { status, html, headers };
}

/** The server lives on: another page may be right. */
function defect(cause: unknown): Answer {
  const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return failure(500, 'A defect of cowcheck itself', message);
}

function send(response: ServerResponse, { status, html, headers = {} }: Answer): void {
  response.writeHead(status, { ...HEADERS, ...headers, 'content-length': Buffer.byteLength(html) });
  response.end(html);
}
