// Trace format 1: what is read comes back as it was, and what is wrong is named.
import { describe, expect, test } from 'vitest';
import { OP_NAMES } from '../../spec/op.ts';
import { describeOp, STRIDE, unpackAll } from '../../spec/tape.ts';
import { formatTrace, parseTrace, tapeOf, type Trace, traceOf } from '../../spec/trace.ts';

/** Pages: text 0, rodata 1, data 2 and 3, bss 4, heap 5, map 6, guard 7, stack 8; edges 9 to 13. */
const WORLD = `{"pageSize":16,"processes":4,"frames":32,"images":[{"name":"sh","text":1,"rodata":1,"data":2,"bss":1,"heap":1,"stack":1}],"spare":{"map":1}}`;

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

const traceText = (ops: readonly string[], world = WORLD, tail = ''): string =>
  `{\n  "format": 1,\n  "world": ${world},\n  "ops": [\n${ops.map(op => `    ${op}`).join(',\n')}\n  ]${tail}\n}\n`;

const FINDING = `,
  "finding": {
    "rule": 2,
    "invariant": "isolation.write-stays-private",
    "at": 0,
    "required": "00",
    "found": "09",
    "because": "leaked",
    "target": "model",
    "identity": {
      "kernel": "6.1"
    },
    "seed": 541,
    "shrunkFrom": 25,
    "reproduced": {
      "times": 3,
      "of": 3
    }
  }`;

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

/** What a trace with this one op is refused with. */
function refusal(text: string): string {
  let trace: Trace;
  try {
    trace = parseTrace(text);
  } catch (cause) {
    const error = cause as Error & { place: string };
    expect(error.name).toBe('TraceError');
    expect(error.message.startsWith(error.place)).toBe(true);
    return error.message;
  }
  throw new Error(`was accepted: ${formatTrace(trace)}`);
}
const ofOp = (op: string): string => refusal(traceText([op]));
const ofWorld = (world: string): string => refusal(traceText([], world));

describe('a bad trace is refused with what was received and what is accepted:', () => {
  test('an empty file', () => {
    expect(refusal('')).toMatchInlineSnapshot(
      `"the file is empty; a trace is a JSON object with format, world and ops"`,
    );
    expect(refusal(' \n\t')).toBe(refusal(''));
  });

  test('a truncated file', () => {
    const text = traceText(['{"op":"fork","by":"A","as":"B"}']);
    expect(refusal(text.slice(0, 150))).toMatchInlineSnapshot(
      `"not JSON (Expected double-quoted property name in JSON at position 150); is the file complete?"`,
    );
  });

  test('a truncated file, whatever its length', () => {
    const text = traceText(['{"op":"fork","by":"A","as":"B"}']).trimEnd();
    for (let length = 0; length < text.length; length++) refusal(text.slice(0, length));
  });

  test('something that is not JSON', () => {
    expect(refusal('#!/bin/sh\nexit')).toMatchInlineSnapshot(
      `"not JSON (Unexpected token '#', "#!/bin/sh\\u{a}exit" is not valid JSON); is the file complete?"`,
    );
    expect(refusal('\u0000\u0001')).toMatchInlineSnapshot(
      `"not JSON (Unexpected token '\\u{0}', "\\u{0}\\u{1}" is not valid JSON); is the file complete?"`,
    );
  });

  test('JSON that is no trace', () => {
    expect(refusal('[]')).toMatchInlineSnapshot(`"a trace is a JSON object with format, world and ops"`);
    expect(refusal('null')).toBe(refusal('[]'));
    expect(refusal('7')).toBe(refusal('[]'));
    expect(refusal('{}')).toMatchInlineSnapshot(
      `"format: this version reads trace format 1; received nothing"`,
    );
  });

  test('another version of the format', () => {
    expect(refusal(`{"format":2,"world":${WORLD},"ops":[]}`)).toMatchInlineSnapshot(
      `"format: this version reads trace format 1; received 2"`,
    );
    expect(refusal(`{"format":"1","world":${WORLD},"ops":[]}`)).toMatchInlineSnapshot(
      `"format: this version reads trace format 1; received "1""`,
    );
  });

  test('a field of the envelope that is unknown or missing', () => {
    expect(refusal(`{"format":1,"world":${WORLD},"ops":[],"note":1}`)).toMatchInlineSnapshot(
      `"Unrecognized key: "note"; received an object"`,
    );
    expect(refusal(`{"format":1,"ops":[]}`)).toMatchInlineSnapshot(
      `"world: Invalid input: expected object, received undefined; received nothing"`,
    );
    expect(refusal(`{"format":1,"world":${WORLD},"ops":{}}`)).toMatchInlineSnapshot(
      `"ops: Invalid input: expected array, received object; received an object"`,
    );
  });

  test('an op that is unknown, and one that is no op', () => {
    expect(ofOp('{"op":"forq","by":"A","as":"B"}')).toMatchInlineSnapshot(
      `"ops[0].op: one of fork, clone, vfork, exec, exit, wait, kill, read, write, kread, kwrite, mmap, munmap, mprotect, sbrk, madvise, mremap, pin, unpin, dma, swapout, swapin, merge, unmerge, split, collapse, failalloc, cpu; received "forq""`,
    );
    expect(ofOp('["fork"]').slice(-22)).toMatchInlineSnapshot(`" cpu; received nothing"`);
    expect(ofOp('{"op":"toString"}').slice(-20)).toMatchInlineSnapshot(`" received "toString""`);
    expect(ofOp('{"op":{"op":"fork"}}').slice(-20)).toMatchInlineSnapshot(`"; received an object"`);
  });

  test('a field of an op that is unknown, missing or of another kind', () => {
    expect(ofOp('{"op":"fork","by":"A","as":"B","at":1}')).toMatchInlineSnapshot(
      `"ops[0]: Unrecognized key: "at"; received an object"`,
    );
    expect(ofOp('{"op":"fork","by":"A"}')).toMatchInlineSnapshot(
      `"ops[0].as: Invalid input: expected string, received undefined; received nothing"`,
    );
    expect(ofOp('{"op":"exit","by":"A","status":256}')).toMatchInlineSnapshot(
      `"ops[0].status: Too big: expected number to be <=255; received 256"`,
    );
    expect(ofOp('{"op":"exit","by":"A","status":1.5}')).toMatchInlineSnapshot(
      `"ops[0].status: Invalid input: expected int, received number; received 1.5"`,
    );
    expect(ofOp('{"op":"exec","by":"A","image":0,"via":"fexecve","argument":1}')).toMatchInlineSnapshot(
      `"ops[0].via: Invalid option: expected one of "execve"|"execv"|"execvp"|"execl"|"execle"|"execlp"; received "fexecve""`,
    );
  });

  test('__proto__ as a key, at every level', () => {
    expect(refusal(`{"format":1,"world":${WORLD},"ops":[],"__proto__":{"ops":[]}}`)).toMatchInlineSnapshot(
      `"Unrecognized key: "__proto__"; received an object"`,
    );
    expect(refusal(`{"__proto__":{"format":1,"world":${WORLD},"ops":[]}}`)).toMatchInlineSnapshot(
      `"format: this version reads trace format 1; received nothing"`,
    );
    expect(ofOp('{"op":"fork","by":"A","as":"B","__proto__":{"x":1}}')).toMatchInlineSnapshot(
      `"ops[0]: Unrecognized key: "__proto__"; received an object"`,
    );
    expect(ofOp('{"__proto__":{"op":"failalloc","nth":1}}').slice(-16)).toMatchInlineSnapshot(
      `"received nothing"`,
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test('the name of init, and names that are none', () => {
    expect(ofOp('{"op":"exit","by":"init","status":0}')).toMatchInlineSnapshot(
      `"ops[0].by: init performs no op; name another process; received "init""`,
    );
    expect(ofOp('{"op":"fork","by":"A","as":"7up"}')).toMatchInlineSnapshot(
      `"ops[0].as: a process name: a letter, then up to 15 letters, digits or _; received "7up""`,
    );
    expect(ofOp('{"op":"fork","by":"A","as":"__proto__"}')).toMatchInlineSnapshot(
      `"ops[0].as: a process name: a letter, then up to 15 letters, digits or _; received "__proto__""`,
    );
  });

  test('addresses this world does not have', () => {
    const read = (at: string): string => ofOp(`{"op":"read","by":"A","at":${JSON.stringify(at)},"length":1}`);
    expect(read('data+32')).toMatchInlineSnapshot(
      `"ops[0].at: data ends at data+31 in this world; received "data+32""`,
    );
    expect(read('dada+0')).toMatchInlineSnapshot(
      `"ops[0].at: an address is segment+offset (text, rodata, data, bss, heap, map, guard, stack) or one of null, size, max-1, max, beyond; received "dada+0""`,
    );
    expect(read('0x1000')).toMatchInlineSnapshot(
      `"ops[0].at: an address is segment+offset (text, rodata, data, bss, heap, map, guard, stack) or one of null, size, max-1, max, beyond; received "0x1000""`,
    );
    expect(read('data+-1')).toBe(read('0x1000').replace('0x1000', 'data+-1'));
    expect(read('data+ 1')).toBe(read('0x1000').replace('0x1000', 'data+ 1'));
    expect(read('__proto__+0')).toBe(read('0x1000').replace('0x1000', '__proto__+0'));
    const small = '{"pageSize":8,"processes":1,"images":[{"name":"a","data":1}]}';
    expect(refusal(traceText(['{"op":"wait","by":"A","into":"heap+0"}'], small))).toMatchInlineSnapshot(
      `"ops[0].into: this world has no heap; received "heap+0""`,
    );
  });

  test('a user access that straddles two pages', () => {
    expect(ofOp('{"op":"read","by":"A","at":"data+9","length":8}')).toMatchInlineSnapshot(
      `"ops[0].length: read stays inside one page: at most 7 bytes from data+9; received 8 (kread and kwrite may straddle)"`,
    );
    expect(ofOp('{"op":"write","by":"A","at":"data+0","length":17,"value":1}')).toMatchInlineSnapshot(
      `"ops[0].length: write stays inside one page: at most 16 bytes from data+0; received 17 (kread and kwrite may straddle)"`,
    );
  });

  test('worlds that cannot be', () => {
    expect(ofWorld('{"pageSize":7,"processes":1,"images":[{"name":"a","data":1}]}')).toMatchInlineSnapshot(
      `"world.pageSize: Too small: expected number to be >=8; received 7"`,
    );
    expect(ofWorld('{"pageSize":24,"processes":1,"images":[{"name":"a","data":1}]}')).toMatchInlineSnapshot(
      `"world.pageSize: a power of two; received 24"`,
    );
    expect(ofWorld('{"pageSize":8,"processes":0,"images":[{"name":"a","data":1}]}')).toMatchInlineSnapshot(
      `"world.processes: Too small: expected number to be >=1; received 0"`,
    );
    expect(ofWorld('{"pageSize":8,"processes":65,"images":[{"name":"a","data":1}]}')).toMatchInlineSnapshot(
      `"world.processes: Too big: expected number to be <=64; received 65"`,
    );
    expect(ofWorld('{"pageSize":8,"processes":1,"images":[]}')).toMatchInlineSnapshot(
      `"world.images: Too small: expected array to have >=1 items; received a list"`,
    );
    expect(ofWorld('{"pageSize":8,"processes":1,"images":[{"name":"a","text":1}]}')).toMatchInlineSnapshot(
      `"world: every image needs at least one page of data, bss, heap or stack; received an object"`,
    );
    expect(
      ofWorld('{"pageSize":8,"processes":1,"images":[{"name":"../etc","data":1}]}'),
    ).toMatchInlineSnapshot(
      `"world.images[0].name: a name of 1 to 32 letters, digits, _ . or -; received "../etc""`,
    );
    expect(
      ofWorld('{"pageSize":8,"processes":1,"frames":0,"images":[{"name":"a","data":1}]}'),
    ).toMatchInlineSnapshot(`"world.frames: Too small: expected number to be >=1; received 0"`);
  });

  test('a world whose first image does not fit', () => {
    const frames = (count: number): string =>
      `{"pageSize":8,"processes":1,"frames":${count},"images":[{"name":"a","text":9,"data":2,"bss":1,"stack":1},{"name":"b","data":9}]}`;
    expect(parseTrace(traceText([], frames(4))).world.frames).toBe(4);
    expect(ofWorld(frames(3))).toMatchInlineSnapshot(
      `"world.frames: at least as many frames as the first image has pages of data, bss, heap and stack; received 3"`,
    );
  });

  test('a finding that is none', () => {
    const op = ['{"op":"failalloc","nth":2}'];
    expect(refusal(traceText(op, WORLD, FINDING.replace('"at": 0', '"at": 1')))).toMatchInlineSnapshot(
      `"finding.at: the index of one of the 1 ops; received 1"`,
    );
    expect(refusal(traceText([], WORLD, FINDING.replace('"rule": 2', '"rule": 36')))).toMatchInlineSnapshot(
      `"finding.rule: Too big: expected number to be <=35; received 36"`,
    );
    expect(refusal(traceText([], WORLD, FINDING.replace('"times": 3', '"times": -1')))).toMatchInlineSnapshot(
      `"finding.reproduced.times: Too small: expected number to be >=0; received -1"`,
    );
  });

  test('text that would drive a terminal', () => {
    expect(refusal('\u001b[2J')).toMatchInlineSnapshot(
      `"not JSON (Unexpected token '\\u{1b}', "\\u{1b}[2J" is not valid JSON); is the file complete?"`,
    );
    expect(refusal(`{"format":1,"world":${WORLD},"ops":[],"\u009b2J\u202e":1}`)).toMatchInlineSnapshot(
      `"Unrecognized key: "\\u{9b}2J\\u{202e}"; received an object"`,
    );
    expect(ofOp('{"op":"exit","by":"\\u001b[2J","status":0}')).toMatchInlineSnapshot(
      `"ops[0].by: a process name: a letter, then up to 15 letters, digits or _; received "\\u001b[2J""`,
    );
  });

  test('a line of ten megabytes', () => {
    const name = 'x'.repeat(10_000_000);
    expect(refusal(`{"format":1,"world":${WORLD},"ops":[],"${name}":1}`).length).toBe(601);
    expect(ofOp(`{"op":"fork","by":"A","as":"${name}"}`)).toMatchInlineSnapshot(
      `"ops[0].as: a process name: a letter, then up to 15 letters, digits or _; received "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`,
    );
    expect(ofOp(`{"op":"${name}"}`).slice(-100)).toMatchInlineSnapshot(
      `"lloc, cpu; received "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`,
    );
  });

  test('a file that is too large, and one with too many ops', () => {
    expect(refusal(' '.repeat(16 * 1024 * 1024 + 1))).toMatchInlineSnapshot(
      `"a trace file may have 16777216 bytes; this one has 16777217"`,
    );
    expect(refusal(`{"format":1,"world":${WORLD},"ops":[${'0,'.repeat(100_000)}0]}`)).toMatchInlineSnapshot(
      `"ops: Too big: expected array to have <=100000 items; received a list"`,
    );
  });

  test('values nested a million deep', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    expect(refusal(deep)).toMatchInlineSnapshot(`"a trace is a JSON object with format, world and ops"`);
    expect(ofOp(`{"op":"fork","by":"A","as":${deep}}`)).toMatchInlineSnapshot(
      `"ops[0].as: Invalid input: expected string, received array; received a list"`,
    );
    expect(ofWorld(deep)).toMatchInlineSnapshot(
      `"world: Invalid input: expected object, received array; received a list"`,
    );
  });
});
