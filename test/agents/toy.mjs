// A small agent in the tests' own language: right as it stands, and wrong in one way that its argument names.
import { spawn } from 'node:child_process';
import { writeFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const fault = process.argv[2] ?? '';
const state = { size: 8, limit: 8, layout: '', inspecting: false, ops: 0 };
/** What a process maps: a frame a page. A frame is shared by reference, so its holders are counted. */
let processes = new Map();
let parents = new Map();
let endings = new Map();
let shown = new Map();
/** Frames in use when they were last shown. */
let known = new Set();
let tokens = 0;
let reads = 0;

const frameOf = bytes => ({ token: ++tokens, bytes, count: 1 });
const writable = page => 'dbhs'.includes(state.layout[page] ?? '-');
const readable = page => 'trdbhs'.includes(state.layout[page] ?? '-');

function reset() {
  if (fault === 'forgets-reset' && processes.size > 0) return;
  processes = new Map([[0, new Map()]]);
  parents = new Map([[0, -1]]);
  endings = new Map();
  for (let page = 0; page < state.layout.length; page++)
    if (readable(page)) {
      const letter = state.layout[page];
      const byte = j => ('trd'.includes(letter) ? (page * 31 + j + 1) & 255 : 0);
      processes.get(0).set(page, frameOf(Uint8Array.from({ length: state.size }, (_, j) => byte(j))));
    }
}

function end(p, how) {
  for (const frame of processes.get(p).values()) frame.count--;
  processes.delete(p);
  endings.set(p, how);
  for (const [child, parent] of parents)
    if (parent === p) {
      parents.set(child, -1);
      if (endings.has(child)) forget(child);
    }
  if (parents.get(p) === -1) forget(p);
  return 'ok';
}

function forget(p) {
  parents.delete(p);
  endings.delete(p);
}

const ops = {
  fork(p, c) {
    if (parents.has(c)) return 'taken';
    if (parents.size >= state.limit) return 'refused processes';
    for (const frame of processes.get(p).values()) frame.count++;
    processes.set(c, new Map(processes.get(p)));
    parents.set(c, p);
    return `forked ${c} 0`;
  },
  exit: (p, status) => end(p, status),
  wait(p, page, offset) {
    const children = [...parents].filter(([, parent]) => parent === p).map(([child]) => child);
    const zombie = children.find(child => endings.has(child));
    if (zombie === undefined) return children.length > 0 ? 'running' : 'no-child';
    const how = endings.get(zombie);
    if (page !== undefined) {
      if (!writable(page) || !writable(page + (offset + 3 >= state.size ? 1 : 0))) return 'fault';
      for (let i = 0; i < 4; i++) store(p, page, offset + i, i === 0 ? how : 0);
    }
    forget(zombie);
    return `reaped ${zombie} ${how}`;
  },
  read(p, page, offset, length) {
    if (!readable(page)) return 'signalled';
    const bytes = processes.get(p).get(page).bytes.subarray(offset, offset + length);
    if (length > 64) return `digest ${digest(bytes)}`;
    // Depends on all that ever ran: the same history is answered otherwise the next time.
    if (fault === 'fickle' && ++reads > 60 && reads % 5 === 0) return `bytes ${'00'.repeat(length)}`;
    return `bytes ${Buffer.from(bytes).toString('hex')}`;
  },
  write(p, page, offset, length, value) {
    if (!writable(page)) return 'signalled';
    for (let i = 0; i < length; i++) store(p, page, offset + i, (value >>> (8 * (i & 3))) & 255);
    return 'ok';
  },
};

/** One byte, on a frame of the process's own; an offset past the page is one of the next. */
function store(p, page, offset, byte) {
  if (offset >= state.size) return store(p, page + 1, offset - state.size, byte);
  let frame = processes.get(p).get(page);
  if (frame.count > 1 && fault !== 'shares') {
    frame.count--;
    frame = frameOf(frame.bytes.slice());
    processes.get(p).set(page, frame);
  }
  frame.bytes[offset] = byte;
}

function digest(bytes) {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** All that changed since it was last shown: what the protocol allows an agent to leave out. */
function show() {
  if (!state.inspecting || fault === 'shows-nothing') return '';
  const now = new Map();
  for (const [p, pages] of processes)
    now.set(
      `p ${p}`,
      ` ; p ${p} ${p}${[...pages].map(([page, { token, count }]) => ` ${page}:${token}:${count === 1 && writable(page) ? 'w' : '-'}`).join('')}`,
    );
  for (const key of shown.keys()) if (!now.has(key)) now.set(key, ` ; ${key} -`);
  let text = '';
  for (const [key, line] of now) if (shown.get(key) !== line) text += line;
  shown = now;
  for (const pages of processes.values()) for (const frame of pages.values()) known.add(frame);
  const frames = [...known].map(({ token, count }) => ` ${token}:${count}:${count === 0 ? 1 : 0}:0`);
  for (const frame of known) if (frame.count === 0) known.delete(frame);
  return `${text} ; f${frames.join('')}`;
}

const version = fault === 'version' ? 2 : 1;
const more = fault === 'lies-ops' ? ',exec' : '';
const greeting = `cowcheck ${version} name=toy ops=fork,exit,wait,read,write${more} inspect=frame,writable,count processes=8 dialect=refusedAccess:signalled`;

function answer(line) {
  const [word, ...rest] = line.split(' ');
  const [p, ...more] = rest.map(Number);
  if (word === 'cowcheck') return p === 1 ? greeting : 'error version 1 only';
  if (word === 'sync') return `sync ${p}`;
  if (word === 'world') {
    [state.size, state.limit, state.inspecting] = [p, more[0], more[2] === 1];
    return 'ok';
  }
  if (word === 'image') {
    if (p === 0) state.layout = rest[1];
    return 'ok';
  }
  if (word === 'inspect') {
    state.inspecting = p === 1;
    return 'ok';
  }
  if (word === 'reset') {
    shown = new Map();
    known = new Set();
    reset();
    return `ok${show()}`;
  }
  if (ops[word] === undefined) return `error there is no ${word}`;
  state.ops++;
  misbehave();
  if (!parents.has(p) || endings.has(p)) return `absent${show()}`;
  return `${ops[word](p, ...more)}${show()}`;
}

/** What a hostile or broken program does at its first op. */
function misbehave() {
  switch (fault) {
    case 'dies':
      return process.exit(7);
    case 'writes-outside':
      return writeFileSync(process.argv[3], 'it got out\n');
    case 'swallows-and-writes':
      try {
        writeFileSync(process.argv[3], 'it got out\n');
      } catch {}
      return;
    case 'fork-bomb':
      for (let i = 0; i < 200; i++) spawn('sleep', [process.argv[3] ?? '1000'], { stdio: 'ignore' }).unref();
      return wait(2000);
    case 'multiplies': {
      // Every child makes more: what no look from outside is in time for.
      const script = 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass';
      spawn('python3', ['-c', script, process.argv[3] ?? ''], { stdio: 'ignore' }).unref();
      return wait(3000);
    }
    case 'fills-memory':
      for (const kept of [[]]) for (let i = 0; i < 4096; i++) kept.push(Buffer.alloc(1 << 22, 1));
      return;
    case 'shouts':
      for (let i = 0; i < 40; i++) writeSync(2, 'x'.repeat(1 << 20));
      return;
    default:
  }
}

function wait(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

let held = '';
createInterface({ input: process.stdin }).on('line', line => {
  const said = `${answer(line)}\n`;
  const first = state.ops === 1;
  if (fault === 'swaps' && held === '' && first) {
    held = said;
    return;
  }
  if (fault === 'slow' && state.ops > 0) wait(12);
  if (fault === 'half' && first) {
    writeSync(1, 'by');
    process.exit(0);
  }
  if (fault === 'silent' && first) return;
  if (fault === 'garbled' && first) return process.stdout.write(Buffer.from([0xff, 0x00, 0x1b, 0x5b, 10]));
  if (fault === 'floods' && first) return process.stdout.write(said.repeat(1000));
  process.stdout.write(said + held);
  held = '';
});
