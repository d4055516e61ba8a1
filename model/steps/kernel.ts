// The steps of a right kernel, and the orders they come in: clear, flush, install, as Linux does.
import {
  BUILT,
  DEAD,
  ENDING,
  entryTo,
  frameOf,
  LIVE,
  TO_DISCARD,
  TO_EXEC,
  TO_EXIT,
  TO_FORK,
  TO_READ,
  WRITABLE,
} from '../../spec/interleaving.ts';
import type { StepMachine } from './machine.ts';
import type { Routines, Step } from './step.ts';

const spaceOf = (m: StepMachine, cpu: number): number => m.running[cpu]! - 1;

/** Every op takes the lock of its space. Fork takes a free slot with it; exec and exit let nobody in any more. */
export const lock: Step = {
  name: 'lock',
  ready: (m, cpu) => m.locked[spaceOf(m, cpu)] === 0,
  perform(m, cpu) {
    m.locked[spaceOf(m, cpu)] = 1;
    begin(m, cpu);
  },
};

/** What taking the lock stands for beside the lock. */
export function begin(m: StepMachine, cpu: number): void {
  const op = m.op[cpu]!;
  if (op === TO_FORK) {
    const child = m.life.indexOf(DEAD);
    m.life[child] = BUILT;
    m.child[cpu] = child + 1;
    m.reference.fill(m.garbage, child * m.scope.pages, (child + 1) * m.scope.pages);
  } else if (op === TO_EXEC || op === TO_EXIT) m.life[spaceOf(m, cpu)] = ENDING;
}

export const lookUp: Step = {
  name: 'look up',
  perform(m, cpu) {
    const entry = m.entry[m.place(cpu)]!;
    const reads = m.op[cpu] === TO_READ;
    if (entry === 0) m.jump(cpu, reads ? 'zero' : 'touch');
    else if (reads || (entry & WRITABLE) !== 0) m.jump(cpu, 'settled');
    else m.old[cpu] = frameOf(entry) + 1;
  },
};

/** Nobody but a fork of this space can raise a count of one, and the lock keeps that out. */
export const readCount: Step = {
  name: 'read count',
  perform(m, cpu) {
    m.jump(cpu, m.count[m.old[cpu]! - 1] === 1 ? 'reuse' : 'break');
  },
};

export const makeWritable: Step = {
  name: 'make writable',
  perform(m, cpu) {
    m.entry[m.place(cpu)] = entryTo(m.old[cpu]! - 1, WRITABLE);
    m.old[cpu] = 0;
  },
};

export const allocate: Step = {
  name: 'allocate',
  allocates: true,
  perform(m, cpu, frame) {
    if (frame === m.zero) m.refuse(cpu);
    else {
      m.take(frame);
      m.fresh[cpu] = frame + 1;
    }
  },
};

/** From the frame that was found; a page that is absent has the zero frame's bytes. */
export const copy: Step = {
  name: 'copy',
  perform(m, cpu) {
    const old = m.old[cpu]!;
    m.content[m.fresh[cpu]! - 1] = m.content[old === 0 ? m.zero : old - 1]!;
  },
};

export const clear: Step = {
  name: 'clear',
  perform(m, cpu) {
    m.entry[m.place(cpu)] = 0;
  },
};

export const flushLocal: Step = {
  name: 'flush local',
  perform(m, cpu) {
    m.flush(cpu);
  },
};

/** All others that run this space, at once: the sender waits for them. */
export const flushRemote: Step = {
  name: 'flush remote',
  perform(m, cpu) {
    for (let other = 0; other < m.scope.cpus; other++)
      if (other !== cpu && m.running[other] === m.running[cpu]) m.flush(other);
  },
};

export const install: Step = {
  name: 'install',
  perform(m, cpu) {
    m.entry[m.place(cpu)] = entryTo(m.fresh[cpu]! - 1, WRITABLE);
    m.fresh[cpu] = 0;
  },
};

/** Count down and, at zero, free: one step, as with an atomic instruction or under the lock of the counts. */
export const drop: Step = {
  name: 'drop',
  perform(m, cpu) {
    m.drop(m.old[cpu]! - 1);
    m.old[cpu] = 0;
  },
};

export const installZero: Step = {
  name: 'install zero',
  perform(m, cpu) {
    m.count[m.zero]!++;
    m.entry[m.place(cpu)] = entryTo(m.zero, 0);
  },
};

export const kernelStore: Step = {
  name: 'kernel store',
  perform(m, cpu) {
    const place = m.place(cpu);
    m.content[frameOf(m.entry[place]!)] = m.value[cpu]!;
    m.reference[place] = m.value[cpu]!;
  },
};

export const pinFrame: Step = {
  name: 'pin frame',
  perform(m, cpu) {
    const place = m.place(cpu);
    const frame = frameOf(m.entry[place]!);
    m.pinned[place] = frame + 1;
    m.count[frame]!++;
  },
};

/** A pin ends with its mapping, if nobody ends it before. */
export const unpinFrame: Step = {
  name: 'unpin frame',
  perform(m, cpu) {
    m.unpin(m.place(cpu));
  },
};

/** One page of a fork: write-protected, counted and mapped in the child; what a device holds is copied instead. */
export const share: Step = {
  name: 'share',
  first: true,
  perform(m, cpu) {
    const place = m.place(cpu);
    const entry = m.entry[place]!;
    if (m.pinned[place] !== 0 && entry !== 0) {
      m.old[cpu] = frameOf(entry) + 1;
      m.jump(cpu, 'forkCopy');
      return;
    }
    if (entry !== 0) {
      const frame = frameOf(entry);
      m.count[frame]!++;
      m.entry[place] = entryTo(frame, 0);
      m.entry[m.childPlace(cpu)] = entryTo(frame, 0);
    }
    m.again(cpu);
  },
};

/** What the child has of this page is fixed here: other threads may go on storing into what a device holds. */
export const copyForChild: Step = {
  name: 'copy',
  perform(m, cpu) {
    copy.perform(m, cpu, m.zero);
    m.reference[m.childPlace(cpu)] = m.reference[m.place(cpu)]!;
  },
};

export const installInChild: Step = {
  name: 'install in child',
  perform(m, cpu) {
    m.entry[m.childPlace(cpu)] = entryTo(m.fresh[cpu]! - 1, WRITABLE);
    m.fresh[cpu] = 0;
    m.old[cpu] = 0;
    if (!m.again(cpu)) m.jump(cpu, 'forkTail');
  },
};

/** A fork that finds no frame gives back what its child has; the parent keeps its pages, and those are flushed all the same. */
export const undoFork: Step = {
  name: 'undo',
  perform(m, cpu) {
    const place = m.childPlace(cpu);
    const entry = m.entry[place]!;
    m.entry[place] = 0;
    if (entry !== 0) m.drop(frameOf(entry));
    if (m.page[cpu] === 0) {
      m.bury(m.child[cpu]! - 1);
      m.child[cpu] = 0;
      m.jump(cpu, 'forkTail');
    } else {
      m.page[cpu]!--;
      m.jump(cpu, 'forkUndo');
    }
  },
};

/** Of exec, exit and discard: the entry goes, its frame is remembered. */
export const takeOut: Step = {
  name: 'clear',
  first: true,
  perform(m, cpu) {
    const place = m.place(cpu);
    const entry = m.entry[place]!;
    if (m.pinned[place] !== 0) m.unpin(place);
    m.entry[place] = 0;
    if (entry !== 0) m.old[cpu] = frameOf(entry) + 1;
    else m.skip(cpu);
  },
};

/** The same for the next page, if there is one. */
export const dropAndNext: Step = {
  name: 'drop',
  perform(m, cpu) {
    drop.perform(m, cpu, m.zero);
    m.again(cpu);
  },
};

/**
 * The op is over. That is where fork's child begins, with what its parent has at this instant; where exec's and discard's
 * pages read zero; where the processor of an exit has nothing more to run.
 */
export function finish(m: StepMachine, cpu: number): void {
  const { pages } = m.scope;
  const space = spaceOf(m, cpu);
  const op = m.op[cpu]!;
  const child = m.child[cpu]! - 1;
  if (op === TO_FORK && child >= 0) {
    m.life[child] = LIVE;
    for (let p = 0; p < pages; p++)
      if (m.reference[child * pages + p] === m.garbage)
        m.reference[child * pages + p] = m.reference[space * pages + p]!;
  } else if (op === TO_EXEC) {
    m.life[space] = LIVE;
    m.reference.fill(0, space * pages, (space + 1) * pages);
  } else if (op === TO_EXIT) {
    m.bury(space);
  } else if (op === TO_DISCARD) m.reference[m.place(cpu)] = 0;
  m.toUser(cpu);
  if (op === TO_EXIT) m.switchTo(cpu, 0);
}

export const unlock: Step = {
  name: 'unlock',
  perform(m, cpu) {
    m.locked[spaceOf(m, cpu)] = 0;
    finish(m, cpu);
  },
};

export const ROUTINES_IN_ORDER: Routines = {
  fault: [lock, lookUp, readCount],
  kwrite: [lock, lookUp, readCount],
  pin: [lock, lookUp, readCount],
  reuse: [makeWritable, flushLocal],
  break: [allocate, copy, clear, flushLocal, flushRemote, install, drop],
  touch: [allocate, copy, install],
  zero: [installZero],
  settled: [flushLocal],
  userTail: [unlock],
  kwriteTail: [kernelStore, unlock],
  pinTail: [pinFrame, unlock],
  unpin: [lock, unpinFrame, unlock],
  fork: [lock, share, flushLocal, flushRemote, unlock],
  forkCopy: [allocate, copyForChild, installInChild],
  forkUndo: [undoFork],
  forkTail: [flushLocal, flushRemote, unlock],
  exec: [lock, takeOut, flushLocal, dropAndNext, unlock],
  exit: [lock, takeOut, dropAndNext, unlock],
  discard: [lock, takeOut, flushLocal, flushRemote, drop, unlock],
};
