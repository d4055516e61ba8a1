// Drives the copy-on-write model through a written history and shows what it holds.
import { expect } from 'vitest';
import { CowMachine } from '../../model/cow/machine.ts';
import { Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { at, said, tape } from '../history.ts';

/** Runs ops and compares each reply: `op : reply`, one a line. */
export function run(world: World, text: string, machine = new CowMachine(world, 6)): CowMachine {
  const history = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  const ops = tape(world, history.map(line => line.split(' : ')[0]).join('\n'));
  const seen = new Transcript();
  for (let i = 0; i < ops.length; i++) machine.step(ops.words, at(i), seen);
  const found = history.map((line, i) => `${line.split(' : ')[0]} : ${said(seen, i, ops.names)}`);
  expect(found).toEqual(history);
  expect(seen.count).toBe(ops.length);
  return machine;
}

/** A page table: frame, then `w` writable, `~` copy-on-write, `x` executable; `-` not present. */
export function table(machine: CowMachine, process: number): string {
  const { pages } = machine.layout;
  const from = (machine.spaceOf[process] ?? -1) * pages;
  if (from < 0) return 'gone';
  return Array.from({ length: pages }, (_, page) => {
    const bits = machine.bits[from + page] ?? 0;
    if ((bits & 1) === 0) return '-';
    const marks = [bits & 2 && 'w', bits & 16 && '~', bits & 8 && 'x'].filter(mark => mark !== 0);
    return `${machine.frame[from + page]}${marks.join('')}`;
  }).join(' ');
}

/** Counts of the data frames, then of the frames of read-only image pages. */
export function counts({ memory }: CowMachine): string {
  const images = memory.imageFrame.filter(frame => frame >= 0);
  return [...memory.count.subarray(0, memory.data), ...images.map(frame => memory.count[frame] ?? -1)].join(
    ' ',
  );
}

export const totals = (machine: CowMachine): readonly number[] => [
  machine.memory.used,
  machine.memory.tables,
];
