// qcow2 overlays as copy-on-write memory: an overlay is a process, a new overlay on its frozen file a fork, a cluster a frame.
//
//   npx cowcheck fuzz ./examples/qcow2/cow.mjs --runs 500 --max-ops 16
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineTarget } from 'cowcheck';
import { QemuIo, qemuImg } from './qemu-io.mjs';

/** The smallest cluster that qcow2 has. */
const CLUSTER = 512;

/** A file with clusters of its own, over another or over nothing. `holds`: which those are, once nobody writes it any more. */
const layer = (path, under) => ({ path, under, holds: undefined });

/** `fork` may be replaced by a wrong one. */
export function qcow2Cow({ fork } = {}) {
  let folder;
  let io;
  let files = 0;
  let clusters = 0;

  const tools = {
    /** A new, empty overlay on `under`. */
    async overlay(under) {
      const path = join(folder, `${files++}.qcow2`);
      await qemuImg('create', '-q', '-f', 'qcow2', '-o', `cluster_size=${CLUSTER}`, '-b', under.path, '-F', 'qcow2', path);
      return layer(path, under);
    },
  };

  /** The clusters that a file holds itself, from what `map` prints: runs of bytes, allocated or not. */
  async function holdsOf(file) {
    if (file.holds !== undefined) return file.holds;
    const [text] = await io.on(file.path, 'map');
    const holds = new Set();
    const runs = /\((0x[0-9a-f]+)\) bytes +(not )?allocated at offset .*\((0x[0-9a-f]+)\)/g;
    for (const [, length, not, start] of text.matchAll(runs)) {
      const first = Number(start) / CLUSTER;
      const count = not === undefined ? Number(length) / CLUSTER : 0;
      for (let i = 0; i < count; i++) holds.add(first + i);
    }
    return holds;
  }

  return {
    identity: { program: 'qemu-io' },
    pageSize: CLUSTER,
    processes: 4,
    pages: 4,
    // A frozen file is never written again, so that its last user copies too.
    dialect: { lastOwner: 'may-copy' },

    async start(image) {
      folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cowcheck-qcow2-'));
      io = new QemuIo();
      files = 0;
      clusters = image.length;
      const path = join(folder, 'base.qcow2');
      await qemuImg('create', '-q', '-f', 'qcow2', '-o', `cluster_size=${CLUSTER}`, path, String(clusters * CLUSTER));
      const base = layer(path, undefined);
      const pattern = join(folder, 'image');
      writeFileSync(pattern, Buffer.concat(image));
      await io.on(path, `write -s ${pattern} 0 ${clusters * CLUSTER}`);
      return { layer: base };
    },
    stop() {
      io?.end();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
    },

    fork: parent => (fork ?? rightFork)(parent, tools),

    async read({ layer }, page, offset, length) {
      const [text] = await io.on(layer.path, `read -v ${page * CLUSTER + offset} ${length}`);
      const hex = [...text.matchAll(/^[0-9a-f]+: {2}((?:[0-9a-f]{2} )+)/gm)].map(match => match[1]).join('');
      return Buffer.from(hex.replaceAll(' ', ''), 'hex');
    },

    async write({ layer }, page, offset, bytes) {
      const pattern = join(folder, 'bytes');
      writeFileSync(pattern, bytes);
      await io.on(layer.path, `write -s ${pattern} ${page * CLUSTER + offset} ${bytes.length}`);
    },

    /** The end of a process: its own file must be consistent to the last cluster. Files go at `stop`. */
    async exit(process) {
      const { path } = process.layer;
      const { leaks = 0, corruptions = 0 } = JSON.parse(await qemuImg('check', '--output=json', path));
      if (leaks + corruptions > 0) throw new Error(`qemu-img check: ${leaks} leaked clusters, ${corruptions} corrupt`);
    },

    /** A cluster is where its file says, in the topmost file that holds it. */
    async frames({ layer }) {
      const frames = Array.from({ length: clusters }, () => undefined);
      for (let file = layer; file !== undefined; file = file.under) {
        const holds = await holdsOf(file);
        for (let page = 0; page < clusters; page++) if (holds.has(page)) frames[page] ??= `${file.path} ${page}`;
        if (frames.every(frame => frame !== undefined)) break;
      }
      return frames;
    },
  };

  /** What the parent wrote so far is frozen, and both go on in overlays of their own. */
  async function rightFork(parent, { overlay }) {
    const frozen = parent.layer;
    frozen.holds = await holdsOf(frozen);
    parent.layer = await overlay(frozen);
    return { layer: await overlay(frozen) };
  }
}

export default defineTarget(qcow2Cow());
