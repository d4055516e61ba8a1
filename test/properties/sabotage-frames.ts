// Machines that mismanage frames, permissions and failures, one way each.
import { BREAK_COPY } from '../../model/cow/memory.ts';
import { FOR_MEMORY, FORKED, KILLED, REFUSED } from '../../spec/reply.ts';
import { COPY_ON_WRITE, EXECUTABLE, PRESENT, type Transcript, WRITABLE } from '../../spec/transcript.ts';
import { A, B, DATA, lastReply, Machine, READ_ONLY, type Sabotage, sabotage } from './machine.ts';

export const MISMANAGE_FRAMES: readonly Sabotage[] = [
  ...(
    [
      ['a table frame is kept', m => void m.memory.tables++],
      ['a reference is kept', m => m.memory.take(m.frame[m.entryOf(A, DATA)] ?? 0)],
      ['a byte of the parent changes', m => m.spoil(A, DATA)],
      [
        'a page of the parent moves',
        m => m.setEntry(m.entryOf(A, DATA), m.memory.allocate(BREAK_COPY), PRESENT | WRITABLE),
      ],
      ['a child is left behind', m => m.attach(B, m.spaceOf[A] ?? 0)],
    ] satisfies readonly (readonly [string, (m: Machine) => void])[]
  ).map(([defect, spoil]) =>
    sabotage(
      'fork.refusal-changes-nothing',
      defect,
      'failalloc nth 2\nfork A -> B',
      class extends Machine {
        override fork(by: number, child: number, into: Transcript): void {
          super.fork(by, child, into);
          if (lastReply(into)[0] === REFUSED) spoil(this);
        }
      },
    ),
  ),
  ...(
    [
      ['a table frame is kept', m => void m.memory.tables++],
      ['a frame is kept', m => void m.memory.allocate(BREAK_COPY)],
      ['a byte changes', m => m.spoil(A, DATA)],
    ] satisfies readonly (readonly [string, (m: Machine) => void])[]
  ).map(([defect, spoil]) =>
    sabotage(
      'exec.failure-changes-nothing',
      defect,
      'exec A image 7 execve argument 1',
      class extends Machine {
        override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
          super.exec(by, image, via, argument, into);
          if (lastReply(into)[0] === REFUSED) spoil(this);
        }
      },
    ),
  ),
  ...['write B data+0 length 1 = 9', 'kwrite B data+0 length 1 = 9'].map(op =>
    sabotage(
      'fault.exhaustion-ends-one',
      'a break without memory writes the shared frame',
      `fork A -> B\nfailalloc nth 1\n${op}`,
      class extends Machine {
        override breakPage(entry: number): boolean {
          const old = this.frame[entry] ?? 0;
          const broken = super.breakPage(entry);
          if (!broken) this.store(old, 0, 1, 0xee, 0);
          return broken;
        }
      },
    ),
  ),
  sabotage(
    'fault.exhaustion-ends-one',
    'a process killed for want of memory keeps what it had',
    'fork A -> B\nfailalloc nth 1\nwrite B data+0 length 1 = 9',
    class extends Machine {
      override refuse(by: number, why: number, into: Transcript): void {
        if (why === FOR_MEMORY) into.reply(KILLED, why, 0, 0, this.injected());
        else super.refuse(by, why, into);
      }
    },
  ),
  ...(
    [
      ['text becomes writable', READ_ONLY, WRITABLE],
      ['text becomes copy-on-write', READ_ONLY, COPY_ON_WRITE],
      ['data becomes executable', DATA, EXECUTABLE],
    ] as const
  ).map(([defect, page, bits]) =>
    sabotage(
      'permission.no-page-gains',
      defect,
      'fork A -> B',
      class extends Machine {
        override share(from: number): number {
          const space = super.share(from);
          this.mark(space * this.layout.pages + page, bits);
          return space;
        }
      },
    ),
  ),
  ...(
    [
      ['parent', (from: number) => from],
      ['child', (_: number, to: number) => to],
    ] as const
  ).map(([who, loser]) =>
    sabotage(
      'permission.writable-stays-writable',
      `fork leaves the ${who} plain read-only`,
      'fork A -> B',
      class extends Machine {
        override share(from: number): number {
          const space = super.share(from);
          this.mark(loser(from, space) * this.layout.pages + DATA, 0, COPY_ON_WRITE | WRITABLE);
          return space;
        }
      },
    ),
  ),
  ...(
    [
      ['parent', (from: number) => from],
      ['child', (_: number, to: number) => to],
    ] as const
  ).map(([who, keeper]) =>
    sabotage(
      'frames.shared-is-read-only',
      `fork leaves the ${who} writable`,
      'fork A -> B',
      class extends Machine {
        override share(from: number): number {
          const space = super.share(from);
          this.mark(keeper(from, space) * this.layout.pages + DATA, WRITABLE, COPY_ON_WRITE);
          return space;
        }
      },
    ),
  ),
  ...[-1, 1].map(by =>
    sabotage(
      'frames.count-equals-holders',
      `fork counts ${by} too many`,
      'fork A -> B',
      class extends Machine {
        override share(from: number): number {
          const space = super.share(from);
          const frame = this.frame[space * this.layout.pages + DATA] ?? 0;
          this.memory.setCount(frame, (this.memory.count[frame] ?? 0) + by);
          return space;
        }
      },
    ),
  ),
  sabotage(
    'frames.count-equals-holders',
    'a frame in use is on the free list',
    'fork A -> B',
    class extends Machine {
      override fork(by: number, child: number, into: Transcript): void {
        super.fork(by, child, into);
        this.memory.listed.fill(1);
      }
    },
  ),
  sabotage(
    'frames.count-equals-holders',
    'a frame that nobody holds is not on the free list',
    'exec A image 1 execve argument 1',
    class extends Machine {
      override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
        super.exec(by, image, via, argument, into);
        this.memory.listed.fill(0);
      }
    },
  ),
  sabotage(
    'frames.all-back',
    'page tables are never freed',
    'exit A status 0',
    class extends Machine {
      override closeSpace(space: number): void {
        const { tables } = this.memory;
        super.closeSpace(space);
        this.memory.tables = tables;
      }
    },
  ),
  sabotage(
    'frames.all-back',
    'the total of frames in use is one too many when all are free',
    'exit A status 0',
    class extends Machine {
      override end(p: number, ended: number): void {
        super.end(p, ended);
        this.memory.used++;
      }
    },
  ),
  ...['exit B status 0', 'kill A B', 'write B text+0 length 1 = 9', 'read B max length 1'].map(end =>
    sabotage(
      'frames.ended-hold-none',
      'a process that has ended keeps its space until it is waited for',
      `fork A -> B\n${end}`,
      class extends Machine {
        override detach(p: number): void {
          if (p !== B) super.detach(p);
        }
      },
    ),
  ),
  sabotage(
    'vfork.one-memory',
    'vfork copies',
    'vfork A -> B',
    class extends Machine {
      override vfork(by: number, child: number, into: Transcript): void {
        super.fork(by, child, into);
        if (lastReply(into)[0] === FORKED) this.suspendedBy[by] = child;
      }
    },
  ),
  sabotage(
    'economy.fork-copies-nothing',
    'fork copies a page',
    'fork A -> B',
    class extends Machine {
      override share(from: number): number {
        const space = super.share(from);
        if (space >= 0) this.breakPage(space * this.layout.pages + DATA);
        return space;
      }
    },
  ),
  ...['read B data+0 length 1', 'kread B data+0 length 1'].map(op =>
    sabotage(
      'economy.read-copies-nothing',
      'a read breaks the page',
      `fork A -> B\n${op}`,
      class extends Machine {
        override answer(by: number, page: number, offset: number, length: number, into: Transcript): void {
          this.makeWritable(this.spaceOf[by] ?? 0, page);
          super.answer(by, page, offset, length, into);
        }
      },
    ),
  ),
  sabotage(
    'economy.write-copies-one',
    'the only holder copies once more',
    'fork A -> B\nwrite B data+0 length 1 = 9\nwrite A data+0 length 1 = 7',
    class extends Machine {
      override breakPage(entry: number): boolean {
        const old = this.frame[entry] ?? 0;
        const own = this.memory.allocate(BREAK_COPY);
        this.memory.copy(old, own);
        this.setEntry(entry, own, PRESENT | WRITABLE);
        this.memory.drop(old);
        return true;
      }
    },
  ),
  ...['write', 'kwrite'].map(op =>
    sabotage(
      'economy.write-copies-one',
      'a write breaks the next page too',
      `fork A -> B\n${op} B data+0 length 1 = 9`,
      class extends Machine {
        override breakPage(entry: number): boolean {
          return super.breakPage(entry) && ((this.bits[entry + 1] ?? 0) & COPY_ON_WRITE) !== 0
            ? super.breakPage(entry + 1)
            : true;
        }
      },
    ),
  ),
  sabotage(
    'economy.within-eager',
    'more frames are in use than copying would take',
    'fork A -> B',
    class extends Machine {
      override fork(by: number, child: number, into: Transcript): void {
        super.fork(by, child, into);
        this.memory.used += 3;
      }
    },
  ),
];
