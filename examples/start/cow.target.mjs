// What cowcheck drives: your copy-on-write memory, and the few methods it is reached by.
//
//   npx cowcheck fuzz ./cow.target.mjs --runs 1000      is there a history that breaks a law?
//   npx cowcheck conform ./cow.target.mjs               is this file itself sound?
//
// Replace Store by your own and rewrite the lines of `defineTarget` for it. Every method may be async.
import { defineTarget } from 'cowcheck';

/** A page's bytes, and how many stores map it. */
const frame = bytes => ({ bytes, count: 1 });

/** A small store: `fork` shares every page, the first write to a shared page copies it. */
class Store {
  constructor(pages) {
    this.pages = pages;
  }

  fork() {
    for (const page of this.pages) page.count++;
    return new Store([...this.pages]);
  }

  read(page, offset, length) {
    return this.pages[page].bytes.slice(offset, offset + length);
  }

  write(page, offset, bytes) {
    const old = this.pages[page];
    if (old.count > 1) {
      old.count--;
      this.pages[page] = frame(old.bytes.slice());
    }
    this.pages[page].bytes.set(bytes, offset);
  }

  free() {
    for (const page of this.pages) page.count--;
  }
}

export default defineTarget({
  // These four must be there. A process is whatever `start` and `fork` return. `image` holds the bytes of each page.
  start: image => new Store(image.map(bytes => frame(bytes.slice()))),
  fork: store => store.fork(),
  read: (store, page, offset, length) => store.read(page, offset, length),
  write: (store, page, offset, bytes) => store.write(page, offset, bytes),

  // The end of a process: all that it alone held must be free. Leave it out where the garbage collector does that.
  exit: store => store.free(),

  // What holds the bytes of each page: equal values are one frame. With it, sharing itself is checked: that a fork
  // copies nothing, that a write copies at most one page, and none if nobody shares it.
  frames: store => store.pages,

  // Your own count of references to a frame, 0 once it is free. With it, leaks and double frees are found.
  count: page => page.count,

  // The bytes of a frame. With it, every page of every process is compared after every single op.
  contents: page => page.bytes,

  // Further methods, each of which makes more rules apply: exec, wait, kill, kread, kwrite, mmap, munmap, mprotect,
  // sbrk, madvise, failalloc, used, stop. With save and restore, `cowcheck explore` visits every state of a small world.
  // Their signatures: `CowObject` in the types of this package.
  // An op that is rightly refused throws: `throw new Refused('memory')` (import it from 'cowcheck').
  // What your system does its own way is said, not excused: `dialect: { lastOwner: 'may-copy' }`.
});
