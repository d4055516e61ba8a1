// Immer as copy-on-write memory: a state is a process, producing from it a fork, structural sharing the sharing of frames.
//
//   npx cowcheck fuzz ./examples/immer/cow.mjs --runs 10000
import { defineTarget, Refused } from 'cowcheck';
import { Immer } from 'immer';

/** A page is a list of bytes; a process holds a state, and a state its pages. `write` may be replaced by a wrong one. */
export function immerCow({ immer = new Immer(), write = rightWrite } = {}) {
  return {
    identity: { package: 'immer' },
    // Every produce copies what it changes, also for the only owner; and one that throws has changed nothing.
    dialect: { lastOwner: 'may-copy', partialKernelWrite: 'nothing' },

    start: image => ({ state: immer.produce({ pages: image.map(bytes => [...bytes]) }, () => {}) }),
    // A draft that nobody touches is the fork: Immer returns the very same state.
    fork: parent => ({ state: immer.produce(parent.state, () => {}) }),
    read: ({ state }, page, offset, length) => state.pages[page].slice(offset, offset + length),
    write: (process, page, offset, bytes) => write(immer, process, page, offset, bytes),
    exit(process) {
      process.state = undefined;
    },

    // The kernel's accesses may straddle pages: one recipe for all of them, abandoned as a whole where a page is missing.
    kread({ state }, page, offset, length) {
      const all = state.pages.slice(page).flat();
      if (page >= state.pages.length || offset + length > all.length) throw new Refused('fault');
      return all.slice(offset, offset + length);
    },
    kwrite(process, page, offset, bytes) {
      process.state = immer.produce(process.state, draft => {
        const size = draft.pages[0].length;
        bytes.forEach((byte, i) => {
          const into = draft.pages[page + Math.floor((offset + i) / size)];
          if (into === undefined) throw new Refused('fault');
          into[(offset + i) % size] = byte;
        });
      });
    },

    frames: ({ state }) => state.pages,
    contents: page => page,
  };
}

function rightWrite(immer, process, page, offset, bytes) {
  process.state = immer.produce(process.state, draft => {
    bytes.forEach((byte, i) => {
      draft.pages[page][offset + i] = byte;
    });
  });
}

export default defineTarget(immerCow());
