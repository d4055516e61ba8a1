// Machines that mismanage mappings, one way each: what the invariants of mappings and advice must object to.
import type { World } from '../../spec/world.ts';
import { A, B, DATA, Machine, type Sabotage } from './machine.ts';

/** Pages: text 0, data 1 and 2, heap 3, map 4 and 5. */
const MAPPED: World = {
  pageSize: 8,
  processes: 4,
  frames: 16,
  images: [{ name: 'sh', text: 1, data: 2 }],
  spare: { heap: 1, map: 2 },
};
const [TEXT, MAP] = [0, 4];

const sabotage = (
  invariant: string,
  defect: string,
  history: string,
  machine: Sabotage['machine'],
): Sabotage => ({ invariant, defect, history, machine, world: MAPPED });

export const MISMANAGE_MAPPINGS: readonly Sabotage[] = [
  ...['write A map+0 length 1 = 9', 'kwrite A map+0 length 1 = 9'].map(store =>
    sabotage(
      'mapping.shared-reaches-all',
      'fork makes a shared mapping private',
      `mmap A map+0 pages 1 shared rw\nfork A -> B\n${store}`,
      class extends Machine {
        override shareMapping(entry: number, space: number, page: number): void {
          this.sharePage(entry, space, page);
        }
      },
    ),
  ),
  sabotage(
    'mapping.private-leaves-file',
    'a store to a private mapping goes to the file',
    'fork A -> B\nmmap A map+0 pages 1 private-file rw\nmmap B map+0 pages 1 shared-file rw\nwrite A map+0 length 1 = 9',
    class extends Machine {
      override write(...given: Parameters<Machine['write']>): void {
        super.write(...given);
        this.spoil(B, MAP);
      }
    },
  ),
  ...[
    'mmap A map+0 pages 1 private rw',
    'munmap A data+8 pages 1',
    'mprotect A data+8 pages 1 r',
    'sbrk A pages 1',
  ].flatMap(change => [
    sabotage(
      'mapping.changes-concern-one',
      `a byte of another changes with ${change}`,
      `fork A -> B\nwrite B data+0 length 1 = 9\n${change}`,
      class extends Machine {
        override step(...given: Parameters<Machine['step']>): void {
          super.step(...given);
          const code = given[0][given[1]] ?? -1;
          if (code >= 11 && code <= 14) this.spoil(B, DATA);
        }
      },
    ),
    sabotage(
      'mapping.fresh-pages-read-right',
      `a byte that stays changes with ${change}`,
      `fork A -> B\nwrite A data+0 length 1 = 9\n${change}`,
      class extends Machine {
        override step(...given: Parameters<Machine['step']>): void {
          super.step(...given);
          const code = given[0][given[1]] ?? -1;
          if (code >= 11 && code <= 14) this.spoil(A, DATA);
        }
      },
    ),
  ]),
  sabotage(
    'mapping.fresh-pages-read-right',
    'a fresh shared page is not cleared',
    'mmap A map+0 pages 1 shared rw',
    class extends Machine {
      override mapShared(entry: number, page: number): boolean {
        const mapped = super.mapShared(entry, page);
        this.store(this.frame[entry] ?? 0, 7, 1, 0xee, 0);
        return mapped;
      }
    },
  ),
  ...['write A data+0 length 1 = 9', 'kwrite A data+0 length 1 = 9'].map(store =>
    sabotage(
      'mapping.cache-stays-clean',
      'a store reaches a cached page of the image',
      store,
      class extends Machine {
        override step(...given: Parameters<Machine['step']>): void {
          super.step(...given);
          this.spoil(A, TEXT);
        }
      },
    ),
  ),
  sabotage(
    'advice.discards-own-only',
    'nothing is discarded',
    'write A data+0 length 1 = 9\nmadvise A data+0 pages 1 dontneed',
    class extends Machine {
      override discard(): void {}
    },
  ),
  sabotage(
    'advice.discards-own-only',
    'the bytes of a sharer are discarded',
    'fork A -> B\nmadvise A data+0 pages 1 dontneed',
    class extends Machine {
      override discard(space: number, page: number, count: number): void {
        super.discard(space, page, count);
        this.spoil(B, page);
      }
    },
  ),
];
