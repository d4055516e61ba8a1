// Machines that spoil bytes, one way each: what the invariants of contents must object to.
import { DONE } from '../../model/cow/faults.ts';
import { COPY_ON_WRITE, type Transcript, WRITABLE } from '../../spec/transcript.ts';
import { A, B, BSS, C, DATA, DATA_2, Machine, type Sabotage, sabotage } from './machine.ts';

export const SPOIL_CONTENTS: readonly Sabotage[] = [
  sabotage(
    'fork.copies-every-page',
    'the child gets the first data page twice',
    'fork A -> B',
    class extends Machine {
      override share(from: number): number {
        const space = super.share(from);
        const entry = space * this.layout.pages;
        this.setEntry(entry + DATA_2, this.frame[entry + DATA] ?? 0, this.bits[entry + DATA] ?? 0);
        return space;
      }
    },
  ),
  sabotage(
    'isolation.write-stays-private',
    'a fault makes the shared frame writable',
    'fork A -> B\nwrite B data+0 length 1 = 9',
    class extends Machine {
      override breakPage(entry: number): boolean {
        this.mark(entry, WRITABLE, COPY_ON_WRITE);
        return true;
      }
    },
  ),
  sabotage(
    'isolation.any-family',
    'a write of B shows in its sibling C',
    'fork A -> B\nfork A -> C\nwrite C data+0 length 1 = 7\nwrite B data+0 length 1 = 9',
    class extends Machine {
      override write(
        by: number,
        page: number,
        offset: number,
        length: number,
        value: number,
        into: Transcript,
      ): void {
        super.write(by, page, offset, length, value, into);
        if (by === B) this.spoil(C, page);
      }
    },
  ),
  sabotage(
    'contents.write-is-exact',
    'one byte more than asked for is stored',
    'write A data+0 length 1 = 9',
    class extends Machine {
      override store(frame: number, offset: number, length: number, value: number, from: number): void {
        super.store(frame, offset, length + 1, value, from);
      }
    },
  ),
  sabotage(
    'contents.write-is-exact',
    'the byte asked for is not stored',
    'write A data+0 length 1 = 9',
    class extends Machine {
      override store(frame: number, offset: number, length: number, value: number, from: number): void {
        super.store(frame, offset, length, ~value, from);
      }
    },
  ),
  sabotage(
    'contents.write-is-exact',
    'nothing is stored',
    'write A data+0 length 1 = 9',
    class extends Machine {
      override store(): void {}
    },
  ),
  sabotage(
    'kernel.write-obeys',
    'the kernel writes through the shared frame',
    'fork A -> B\nkwrite B data+0 length 1 = 9',
    class extends Machine {
      override makeKernelWritable(): number {
        return DONE;
      }
    },
  ),
  sabotage(
    'kernel.write-obeys',
    'the kernel forgets to write the second page',
    'kwrite A data+6 length 4 = 9',
    class extends Machine {
      override store(frame: number, offset: number, length: number, value: number, from: number): void {
        if (from === 0) super.store(frame, offset, length, value, from);
      }
    },
  ),
  sabotage(
    'kernel.read-changes-nothing',
    'a kernel read changes a byte',
    'kread A data+0 length 1',
    class extends Machine {
      override kernelRead(by: number, page: number, offset: number, length: number, into: Transcript): void {
        super.kernelRead(by, page, offset, length, into);
        this.spoil(by, page);
      }
    },
  ),
  sabotage(
    'wait.status-stays-private',
    'the status goes through the shared frame',
    'fork A -> B\nfork A -> C\nexit B status 5\nwait A into data+0',
    class extends Machine {
      override storeStatus(by: number, page: number, offset: number, word: number): number {
        this.store(this.frameAt(this.spaceOf[by] ?? 0, page), offset, 4, word, 0);
        return DONE;
      }
    },
  ),
  sabotage(
    'wait.status-stays-private',
    'the status is not stored',
    'fork A -> B\nexit B status 5\nwait A into data+0',
    class extends Machine {
      override storeStatus(): number {
        return DONE;
      }
    },
  ),
  sabotage(
    'contents.fresh-pages-zero',
    'bss is not cleared',
    'exec A image 1 execve argument 1',
    class extends Machine {
      override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
        super.exec(by, image, via, argument, into);
        this.spoil(by, BSS, 7);
      }
    },
  ),
  sabotage(
    'exec.replaces-image',
    'a byte of the new data is wrong',
    'exec A image 1 execve argument 1',
    class extends Machine {
      override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
        super.exec(by, image, via, argument, into);
        this.spoil(by, DATA);
      }
    },
  ),
  ...[
    'exit B status 0',
    'kill A B',
    'write B text+0 length 1 = 9',
    'read B max length 1',
    'exec B image 1 execv argument 1',
  ].map(end =>
    sabotage(
      'isolation.end-leaves-others',
      'a frame is overwritten when a holder leaves',
      `fork A -> B\n${end}`,
      class extends Machine {
        override closeSpace(space: number): void {
          this.spoil(A, DATA);
          super.closeSpace(space);
        }
      },
    ),
  ),
  sabotage(
    'isolation.end-leaves-others',
    'a frame is overwritten when a zombie is waited for',
    'fork A -> B\nexit B status 0\nwait A',
    class extends Machine {
      override reap(p: number): void {
        this.spoil(A, DATA);
        super.reap(p);
      }
    },
  ),
  sabotage(
    'contents.nothing-else-changes',
    'a read changes a byte of somebody else',
    'fork A -> B\nwrite B data+0 length 1 = 9\nread B data+0 length 1',
    class extends Machine {
      override read(by: number, page: number, offset: number, length: number, into: Transcript): void {
        super.read(by, page, offset, length, into);
        this.spoil(A, DATA_2);
      }
    },
  ),
];
