// Defects in what fork shares, marks and undoes.
import { type Defect, shared } from './defect.ts';

export const FORKS: readonly Defect[] = [
  {
    name: 'fork-shares-heap',
    defect: 'fork shares the heap and leaves it writable in both.',
    rule: 2,
    alsoBreaks: [29],
    ops: [shared],
    control: true,
  },
  {
    name: 'fork-copies',
    defect: 'fork copies every page at once: right for programs, but no copy-on-write.',
    rule: 27,
    ops: [shared],
    control: true,
  },
  {
    name: 'fork-copies-last-page',
    defect: 'fork copies the last page of the process at once.',
    rule: 27,
    ops: [shared],
  },
  {
    name: 'parent-heap-left-writable',
    defect: 'fork makes the heap read-only in the child alone: the parent stores into what the child reads.',
    rule: 2,
    alsoBreaks: [29],
    ops: [shared],
  },
  {
    name: 'fork-marks-read-only-pages',
    class: 'P3',
    defect:
      'fork marks every page copy-on-write, so that after it a store to program text makes a writable copy.',
    rule: 10,
    alsoBreaks: [12, 13],
    ops: [shared, 'write B text+0 length 4 = 7'],
  },
  {
    name: 'refork-loses-heap-mark',
    defect:
      'a heap page that is shared already loses its mark at the next fork: a store to it is then refused.',
    rule: 11,
    alsoBreaks: [13],
    ops: [shared, 'fork A -> C', 'write C heap+0 length 4 = 7'],
  },
  {
    name: 'fork-refused-at-three-holders',
    defect: 'fork refuses, with memory in plenty, when a heap page has three holders already.',
    rule: 28,
    ops: [shared, 'fork A -> C', 'fork A -> D'],
  },
  {
    name: 'failed-fork-panics',
    class: 'E1',
    defect: 'fork stops the kernel when there is no memory for the child’s page tables.',
    rule: 24,
    ops: ['failalloc nth 5', shared],
    outOfMemory: true,
  },
  {
    name: 'fork-failure-unnoticed',
    class: 'E3',
    defect: 'fork goes on when there is no memory for the child’s page tables: the child lacks the pages.',
    rule: 22,
    ops: ['failalloc nth 5', shared],
    outOfMemory: true,
  },
  {
    name: 'failed-fork-not-undone',
    class: 'E3',
    defect:
      'a fork that fails half way keeps the references that it took for the child. It takes a process of more than 2 MiB to fail there.',
    rule: 25,
    alsoBreaks: [22],
    ops: ['sbrk A pages 512', 'failalloc nth 7', shared],
    outOfMemory: true,
  },
  {
    name: 'failed-fork-keeps-count',
    class: 'E4',
    defect: 'a fork that fails keeps the one reference that it took last.',
    rule: 25,
    alsoBreaks: [22],
    ops: ['failalloc nth 5', shared, 'exit A status 0'],
    outOfMemory: true,
  },
];
