// What the bridge says of a kernel in its handshake: ops, inspection, dialect, and what was left out.
import { RECORD_CALLS, RECORDS } from '../../spec/record.ts';
import { EDGES } from '../../spec/world.ts';
import type { BootFacts } from './boot.ts';

/** What is known of a kernel once it has booted. */
export interface Known {
  readonly name: string;
  readonly facts: BootFacts;
  /** Of its file. */
  readonly kernel: string;
  readonly smp: number;
  /** The symbol that holds its counts; undefined: they were not found. */
  readonly counts: string | undefined;
  /** Can its processes be read? If not, what they reply is all that is known. */
  readonly readable: boolean;
  /** Can its free list be read? */
  readonly free: boolean;
  /** Does it refuse a read() into a page of one's own if there is no frame? The agent, which hears by read(), is then not to do without. */
  readonly starved: boolean;
  readonly leftOut: readonly string[];
  readonly isCalf: boolean;
}

const OPS = 'fork,exec,exit,wait,kill,read,write,kread,kwrite,sbrk';
/** xv6 maps the program's text at address 0. */
const XV6_EDGES = EDGES.filter(edge => edge !== 'null');

/** Data frames that a run has for sure, where the free list is looked at: beside them there is room for the tables of six processes. */
export const FRAMES_AT_LEAST = 60;

/** Blanks and commas mean something in a handshake, which is plain ASCII. */
const word = (text: string): string => text.replaceAll(',', ';').replaceAll('–', '-').replaceAll(/\s+/g, '_');

export function greeting({
  name,
  facts,
  kernel,
  smp,
  counts,
  readable,
  free,
  starved,
  leftOut,
  isCalf,
}: Known): string {
  const isProtected = facts.textProtected.value === true;
  const lazy = facts.lazySbrk.value === true;
  const inspect = [
    'frame',
    'writable',
    ...(isProtected ? ['executable'] : []),
    ...(free ? ['free', 'totals'] : []),
  ];
  if (counts !== undefined) inspect.push('count');
  if (smp > 1 || !readable) inspect.length = 0;
  const dialect = [
    'refusedAccess:killed',
    `lastOwner:${isCalf ? 'reuses' : 'may-copy'}`,
    'releaseAt:wait',
    'statusWord:plain',
    'waitFault:keeps',
    `kernelWritesText:${facts.base.startsWith('2022')}`,
    `sbrkLazy:${lazy}`,
    `zeroPages:${lazy ? 'on-load' : 'present'}`,
  ];
  const omitted = [
    ...leftOut,
    ...(readable
      ? []
      : [
          'this kernel cannot be read; so only what processes see is judged: no page table; no count; no free frame; and memory never ends',
          'a process that does not answer is taken for one that was killed',
        ]),
    ...(starved
      ? ['this kernel takes a frame for each read() into a page of the reader alone; so memory never ends']
      : []),
    ...(counts === undefined && readable
      ? ['no counts of references were found in the kernel; so they are not compared']
      : []),
    ...(smp > 1 && readable
      ? ['with several harts the kernel is examined when a run is over; not after every op']
      : []),
    ...(isProtected
      ? []
      : [
          facts.textProtected.value === undefined
            ? 'whether this kernel protects text cannot be told; so there are no read-only pages'
            : 'this base maps text writable; so there are no read-only pages',
        ]),
  ];
  const fields = {
    name,
    ops: free && !starved ? `${OPS},failalloc` : OPS,
    inspect: inspect.join(','),
    edges: XV6_EDGES.join(','),
    'page-size': '4096',
    // In console mode one descriptor is for the screen.
    processes: readable ? '6' : '5',
    pages: '24',
    ...(free && { 'frames-at-least': String(FRAMES_AT_LEAST) }),
    layout: isProtected ? 'all' : 'writable',
    dialect: dialect.join(','),
    id: [
      `kernel:${kernel}`,
      `base:${word(facts.base)}`,
      `harts:${smp}`,
      `counts:${counts ?? 'none'}`,
      ...RECORDS.map(length => `kwrite-of-${length}:${RECORD_CALLS[length]}`),
    ].join(','),
    'left-out': omitted.length === 0 ? 'none' : omitted.map(word).join(','),
  };
  return `cowcheck 1 ${Object.entries(fields)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}`;
}
