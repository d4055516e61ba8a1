// Trace format 1: every bad file is refused with what was received and what is accepted.
import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../spec/parse.ts';
import { formatTrace, type Trace } from '../../spec/trace.ts';
import { FINDING, traceText, WORLD } from './texts.ts';

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
      `"ops[0].at: an address is segment+offset (text, rodata, data, bss, heap, map, guard, stack) or one of null, size, max-1, max, beyond, hole, device, kernel, wide, below, trapframe, trampoline, wild; received "dada+0""`,
    );
    expect(read('0x1000')).toMatchInlineSnapshot(
      `"ops[0].at: an address is segment+offset (text, rodata, data, bss, heap, map, guard, stack) or one of null, size, max-1, max, beyond, hole, device, kernel, wide, below, trapframe, trampoline, wild; received "0x1000""`,
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

describe('a schedule is refused', () => {
  const scheduled = (schedule: string): string =>
    refusal(traceText(['{"op":"cpu","cpu":0}']).replace(/\}\s*$/, `,"schedule":${schedule}}`));
  test.each([
    [
      '{"holds":[{"op":1,"access":1,"lock":0}]}',
      'schedule.holds[0].op: the index of one of the 1 ops; received 1',
    ],
    ['{"holds":[{"op":0,"access":0,"lock":0}]}', 'schedule.holds[0].access: '],
    ['{"holds":[{"op":0,"access":1}]}', 'schedule.holds[0].lock: '],
    ['{"holds":[{},{},{}]}', 'schedule.holds'],
    ['{"holds":[],"outOfMemory":false}', 'schedule.outOfMemory: '],
    ['{}', 'schedule.holds: '],
    ['7', 'schedule: '],
  ])('%s', (schedule, start) => {
    expect(scheduled(schedule).startsWith(start)).toBe(true);
  });
});
