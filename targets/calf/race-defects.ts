// Defects that take two harts: what one does between two steps of the other.
import { type Defect, shared, store } from './defect.ts';

export const RACES: readonly Defect[] = [
  {
    name: 'count-without-lock',
    class: 'R1',
    row: 'B99',
    defect:
      'fork and release change a count of sharers without the lock: an update is lost when two harts change it at once.',
    rule: 25,
    alsoBreaks: [26],
    ops: [shared, store('A'), store('B')],
    harts: 3,
  },
  {
    name: 'count-read-before-lock',
    class: 'R1',
    row: 'B99',
    defect:
      'release reads the count before it has the lock and stores one less when it has it: an update in between is lost.',
    rule: 25,
    alsoBreaks: [26],
    ops: [shared, store('A'), store('B')],
    harts: 3,
  },
  {
    name: 'fork-and-drop-lock-apart',
    row: 'B102',
    defect: 'fork counts under one lock and release under another: an update is lost between them.',
    rule: 25,
    alsoBreaks: [26],
    ops: [shared, 'fork A -> C', store('B')],
    harts: 3,
  },
  {
    name: 'last-decided-outside-lock',
    class: 'R2',
    row: 'B106',
    defect:
      'the count goes down under the lock, but whether it is zero is asked later: two that leave at once both find zero, and the frame is freed twice.',
    rule: 25,
    alsoBreaks: [24, 26],
    ops: [shared, store('A'), store('B')],
    harts: 3,
  },
  {
    name: 'asks-and-drops-apart',
    class: 'R2',
    row: 'B106',
    defect:
      'release asks in one critical section whether it is the last, and drops in the next: two that leave at once both find another, and nobody frees.',
    rule: 26,
    alsoBreaks: [25],
    ops: [shared, store('A'), store('B')],
    harts: 3,
  },
  {
    name: 'atomic-drop-asks-later',
    class: 'R2',
    row: 'B106',
    defect:
      'the count goes down by an atomic instruction whose result is not looked at: two that leave at once both read zero afterwards, and the frame is freed twice.',
    rule: 25,
    alsoBreaks: [24, 26],
    ops: [shared, store('A'), store('B')],
    harts: 3,
  },
  {
    name: 'freed-before-counted',
    row: 'B101',
    defect:
      'a frame is on the free list before its count is zero: who takes it meanwhile has a frame that counts nobody.',
    rule: 25,
    alsoBreaks: [24, 26],
    ops: [shared, 'sbrk A pages -1', 'sbrk B pages 1'],
    harts: 3,
  },
  {
    name: 'drops-before-copy',
    class: 'A1',
    row: 'B103',
    defect:
      'a fault gives up its reference before it copies: the other sharer, alone now, stores in place meanwhile, and the copy has its bytes.',
    rule: 2,
    alsoBreaks: [25],
    ops: [shared, store('A'), store('B')],
    harts: 3,
  },
  {
    name: 'both-break-and-nobody-frees',
    row: 'B105',
    defect:
      'a fault that saw another sharer only counts itself out: when both break the page at once, each leaves the frame to the other.',
    rule: 26,
    alsoBreaks: [25],
    ops: [shared, store('A'), store('B')],
    harts: 3,
  },
];
