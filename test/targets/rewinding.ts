// A kernel of tables that can go back, as a user has it: frames with counts, processes by number.
import { type CowObject, Refused, type Waited } from '../../index.ts';

interface Frame {
  bytes: number[];
  count: number;
}
/** A page-table entry: which frame, and whether a store has to ask first. */
interface Entry {
  frame: number;
  guarded: boolean;
}
interface Process {
  pages: Entry[];
  parent: number;
  ended?: number;
}
interface Tables {
  frames: Frame[];
  processes: Record<number, Process>;
  next: number;
  /** The allocation from now that fails; 0: none. */
  armed: number;
}
export type Kernel = CowObject<number, number, Tables>;

/** `more` replaces or adds methods; it is told where the tables are. `early`: a break gives its reference up before it has a frame. */
export function kernel(more: (tables: () => Tables) => Partial<Kernel> = () => ({}), early = false): Kernel {
  let tables: Tables = { frames: [], processes: {}, next: 0, armed: 0 };
  const at = (process: number): Process => {
    const found = tables.processes[process];
    if (found === undefined) throw new RangeError(`no process ${process}`);
    return found;
  };
  const frame = (number: number): Frame => {
    const found = tables.frames[number];
    if (found === undefined) throw new RangeError(`no frame ${number}`);
    return found;
  };
  const allocate = (bytes: readonly number[]): number => {
    if (tables.armed > 0 && --tables.armed === 0) throw new Refused('memory', { injected: true });
    const free = tables.frames.findIndex(({ count }) => count === 0);
    const number = free < 0 ? tables.frames.length : free;
    tables.frames[number] = { bytes: [...bytes], count: 1 };
    return number;
  };
  const entry = (process: number, page: number): Entry => {
    const found = at(process).pages[page];
    if (found === undefined) throw new Refused('fault');
    return found;
  };
  const load = (image: readonly ArrayLike<number>[]): Entry[] =>
    image.map(bytes => ({ frame: allocate(Array.from(bytes)), guarded: false }));
  const drop = (process: number): void => {
    for (const { frame: number } of at(process).pages) frame(number).count--;
    at(process).pages = [];
  };
  const write = (process: number, page: number, offset: number, bytes: readonly number[]): void => {
    const own = entry(process, page);
    const shared = frame(own.frame);
    if (own.guarded && shared.count > 1) {
      if (early) shared.count--;
      own.frame = allocate(shared.bytes);
      if (!early) shared.count--;
    }
    own.guarded = false;
    frame(own.frame).bytes.splice(offset, bytes.length, ...bytes);
  };
  return {
    start(image) {
      tables = { frames: [], processes: {}, next: 1, armed: 0 };
      tables.processes[0] = { pages: load(image), parent: -1 };
      return 0;
    },
    fork(parent) {
      for (const own of at(parent).pages) {
        frame(own.frame).count++;
        own.guarded = true;
      }
      tables.processes[tables.next] = { pages: at(parent).pages.map(own => ({ ...own })), parent };
      return tables.next++;
    },
    read: (process, page, offset, length) =>
      frame(entry(process, page).frame).bytes.slice(offset, offset + length),
    write: (process, page, offset, bytes) => write(process, page, offset, [...bytes]),
    exec(process, image) {
      drop(process);
      at(process).pages = load(image);
    },
    exit(process, status) {
      drop(process);
      at(process).ended = status;
      for (const [number, { parent, ended }] of Object.entries(tables.processes)) {
        if (parent !== process) continue;
        if (ended === undefined) at(Number(number)).parent = -1;
        else delete tables.processes[Number(number)];
      }
      if (at(process).parent < 0) delete tables.processes[process];
    },
    wait(process, page, offset = 0): Waited<number> {
      const children = Object.entries(tables.processes).filter(([, { parent }]) => parent === process);
      const [ended] = children.filter(([, child]) => child.ended !== undefined);
      if (ended === undefined) return children.length > 0 ? 'running' : 'no-child';
      const status = ended[1].ended ?? 0;
      if (page !== undefined) {
        write(process, page, offset, [status & 255, (status >> 8) & 255, (status >> 16) & 255, status >> 24]);
      }
      delete tables.processes[Number(ended[0])];
      return { child: Number(ended[0]), status };
    },
    inspect: process =>
      at(process).pages.map(({ frame: number, guarded }) => ({ frame: number, writable: !guarded })),
    count: number => frame(number).count,
    save: () => structuredClone(tables),
    restore(saved) {
      tables = structuredClone(saved);
    },
    ...more(() => tables),
  };
}
