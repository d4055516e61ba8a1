// Defects in what is counted and given back: frames and their sharers, the memory of processes that end.
import { type Defect, shared, store } from './defect.ts';

export const COUNTING: readonly Defect[] = [
  {
    name: 'drops-before-allocation',
    class: 'R3',
    defect:
      'a fault gives up its reference before it asks for the new frame: if there is none, the entry stays and its reference is gone.',
    rule: 25,
    ops: [shared, 'failalloc nth 1', store('B')],
    outOfMemory: true,
  },
  {
    name: 'counts-start-at-two',
    class: 'R4',
    defect: 'a new frame is counted twice: it is never free again.',
    rule: 25,
    ops: [shared],
  },
  {
    name: 'copy-keeps-old-reference',
    defect: 'the copy is made and the old frame not given up: it is never free again.',
    rule: 25,
    ops: [shared, store('B')],
  },
  {
    name: 'last-sharer-copies-too',
    defect:
      'the last sharer of a frame copies as well, and does not free the frame that nobody has any more.',
    rule: 25,
    ops: [shared, store('A'), store('B')],
  },
  {
    name: 'copyout-drops-twice',
    defect:
      'a kernel store that copies a page gives up the old frame twice: the sibling still has it when it is free.',
    rule: 25,
    alsoBreaks: [24, 29],
    ops: [shared, 'kwrite B data+0 length 4 = 7'],
  },
  {
    name: 'count-below-memory',
    class: 'O1',
    defect:
      'the array of counts is used for the trampoline too, which lies below its first frame: other memory is counted up.',
    rule: 25,
    ops: [],
    unseen: 'what lies before the array is not read as anything that matters',
  },
];

export const ENDINGS: readonly Defect[] = [
  {
    name: 'exec-leaks-old-pages',
    defect: 'exec keeps the frames of the old image.',
    rule: 26,
    alsoBreaks: [25],
    ops: ['exec A image 0 execv argument 7'],
  },
  {
    name: 'failed-exec-leaks',
    defect: 'an exec that fails for want of memory keeps what it had built.',
    rule: 17,
    ops: ['failalloc nth 6', 'exec A image 0 execv argument 7'],
    outOfMemory: true,
  },
  {
    name: 'exit-keeps-pages',
    defect: 'the pages of a process that ended are never free again.',
    rule: 26,
    alsoBreaks: [25],
    ops: [shared, store('B'), 'exit B status 0', 'wait A'],
  },
  {
    name: 'killed-task-keeps-pages',
    defect: 'the pages of a process that was killed are never free again.',
    rule: 26,
    alsoBreaks: [25],
    ops: [shared, store('B'), 'kill A B', 'wait A'],
  },
  {
    name: 'shrink-frees-shared-frames',
    defect: 'sbrk with a negative number frees frames that others still have.',
    rule: 6,
    alsoBreaks: [25],
    ops: [shared, 'sbrk B pages -1'],
  },
];
