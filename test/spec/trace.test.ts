// Trace format 1: what is read comes back as it was.
import { describe, expect, test } from 'vitest';
import { OP_NAMES } from '../../spec/op.ts';
import { describeOp, STRIDE, unpackAll } from '../../spec/tape.ts';
import { parseTrace } from '../../spec/parse.ts';
import { formatTrace, tapeOf, traceOf } from '../../spec/trace.ts';
import { FINDING, traceText, WORLD } from './texts.ts';

/** Every op of format 1: how it is written, how it is printed, how it is packed. */
const EVERY: readonly (readonly [json: string, line: string, words: readonly number[]])[] = [
  ['{"op":"fork","by":"A","as":"B"}', 'fork A -> B', [0, 0, 1]],
  ['{"op":"clone","by":"A","as":"C"}', 'clone A -> C', [1, 0, 2]],
  ['{"op":"vfork","by":"B","as":"D"}', 'vfork B -> D', [2, 1, 3]],
  [
    '{"op":"exec","by":"D","image":0,"via":"execle","argument":7}',
    'exec D image 0 execle argument 7',
    [3, 3, 0, 4, 7],
  ],
  ['{"op":"exit","by":"D","status":255}', 'exit D status 255', [4, 3, 255]],
  ['{"op":"wait","by":"A"}', 'wait A', [5, 0, -1, 0]],
  ['{"op":"wait","by":"A","into":"data+17"}', 'wait A into data+17', [5, 0, 3, 1]],
  ['{"op":"kill","by":"A","victim":"B"}', 'kill A B', [6, 0, 1]],
  ['{"op":"read","by":"A","at":"text+15","length":1}', 'read A text+15 length 1', [7, 0, 0, 15, 1]],
  [
    '{"op":"write","by":"A","at":"bss+0","length":16,"value":4294967295}',
    'write A bss+0 length 16 = 4294967295',
    [8, 0, 4, 0, 16, -1],
  ],
  ['{"op":"kread","by":"A","at":"max","length":3}', 'kread A max length 3', [9, 0, 12, 0, 3]],
  [
    '{"op":"kwrite","by":"A","at":"data+30","length":40,"value":9}',
    'kwrite A data+30 length 40 = 9',
    [10, 0, 3, 14, 40, 9],
  ],
  [
    '{"op":"mmap","by":"A","at":"map+0","pages":1,"mapping":"shared-file","access":"rw"}',
    'mmap A map+0 pages 1 shared-file rw',
    [11, 0, 6, 0, 1, 3, 2],
  ],
  ['{"op":"munmap","by":"A","at":"map+0","pages":1}', 'munmap A map+0 pages 1', [12, 0, 6, 0, 1]],
  [
    '{"op":"mprotect","by":"A","at":"data+0","pages":2,"access":"none"}',
    'mprotect A data+0 pages 2 none',
    [13, 0, 2, 0, 2, 0],
  ],
  ['{"op":"sbrk","by":"A","pages":-3}', 'sbrk A pages -3', [14, 0, -3]],
  [
    '{"op":"madvise","by":"A","at":"heap+0","pages":1,"advice":"wipeonfork"}',
    'madvise A heap+0 pages 1 wipeonfork',
    [15, 0, 5, 0, 1, 3],
  ],
  [
    '{"op":"mremap","by":"A","at":"map+0","pages":1,"to":"heap+0"}',
    'mremap A map+0 pages 1 to heap+0',
    [16, 0, 6, 0, 1, 5, 0],
  ],
  [
    '{"op":"pin","by":"A","at":"data+0","access":"write","as":"pin1"}',
    'pin A data+0 write -> pin1',
    [17, 0, 2, 0, 1, 0],
  ],
  ['{"op":"unpin","pin":"pin1"}', 'unpin pin1', [18, 0]],
  [
    '{"op":"dma","pin":"pin1","offset":5,"length":2,"value":1}',
    'dma pin1 offset 5 length 2 = 1',
    [19, 0, 5, 2, 1],
  ],
  ['{"op":"swapout","by":"A","at":"stack+0"}', 'swapout A stack+0', [20, 0, 8, 0]],
  ['{"op":"swapin","by":"A","at":"stack+0"}', 'swapin A stack+0', [21, 0, 8, 0]],
  ['{"op":"merge","by":"A","at":"data+0"}', 'merge A data+0', [22, 0, 2, 0]],
  ['{"op":"unmerge","by":"A","at":"data+0"}', 'unmerge A data+0', [23, 0, 2, 0]],
  ['{"op":"split","by":"A","at":"data+0"}', 'split A data+0', [24, 0, 2, 0]],
  ['{"op":"collapse","by":"A","at":"guard+0"}', 'collapse A guard+0', [25, 0, 7, 0]],
  ['{"op":"failalloc","nth":2}', 'failalloc nth 2', [26, 2]],
  ['{"op":"cpu","cpu":63}', 'cpu cpu 63', [27, 63]],
];

describe('a good trace', () => {
  test('the table above has every op of the format', () => {
    expect(new Set(EVERY.map(([json]) => (JSON.parse(json) as { op: string }).op))).toEqual(
      new Set(OP_NAMES),
    );
  });

  test('comes back as the text it was', () => {
    const text = traceText(EVERY.map(([json]) => json));
    expect(formatTrace(parseTrace(text))).toBe(text);
  });

  test('with a finding comes back as the text it was', () => {
    const text = traceText(['{"op":"failalloc","nth":2}'], WORLD, FINDING);
    expect(formatTrace(parseTrace(text))).toBe(text);
  });

  test('without ops is a trace', () => {
    expect(parseTrace(`{"format":1,"world":${WORLD},"ops":[]}`).ops).toEqual([]);
  });

  const trace = parseTrace(traceText(EVERY.map(([json]) => json)));

  test.each(EVERY.map(([json, line, words], index) => ({ json, line, words, index })))(
    'packs and prints $line',
    ({ json, line, words, index }) => {
      const tape = tapeOf(trace);
      expect(tape.names).toEqual(['A', 'B', 'C', 'D']);
      const found = tape.words.slice(index * STRIDE, (index + 1) * STRIDE);
      expect([...found]).toEqual([...words, ...new Array<number>(STRIDE - words.length).fill(0)]);
      const back = unpackAll(tape)[index];
      expect(JSON.stringify(back)).toBe(json);
      expect(back === undefined ? '' : describeOp(back)).toBe(line);
    },
  );

  test('keeps its names, which need not be letters', () => {
    const text = traceText([
      '{"op":"fork","by":"shell","as":"A"}',
      '{"op":"exit","by":"child_7","status":0}',
    ]);
    const tape = tapeOf(parseTrace(text));
    expect(tape.names).toEqual(['A', 'shell', 'child_7']);
    expect(formatTrace(traceOf(tape))).toBe(text);
  });
});
