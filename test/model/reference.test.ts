// The reference: eager copying, against bytes and counts worked out by hand.
import { expect, test } from 'vitest';
import { Eager } from '../../model/reference/eager.ts';
import { ALIVE, NONE, ZOMBIE } from '../../spec/law.ts';
import { hex } from '../history.ts';
import { SMALL } from './worlds.ts';

const [A, B, C] = [0, 1, 2];
const begin = (releaseAtWait = false): Eager => new Eager(SMALL, 4, releaseAtWait);

function bytes(reference: Eager, p: number, page: number, offset: number, length: number): string {
  const start = reference.place(p, page, offset);
  return hex(reference.bytes.subarray(start, start + length));
}

test('A starts as the first image, a child of init', () => {
  const r = begin();
  expect([...r.state]).toEqual([ALIVE, NONE, NONE, NONE]);
  expect(r.parent[A]).toBe(-1);
  expect(bytes(r, A, 1, 0, 16)).toBe('20 21 22 23 24 25 26 27 3f 40 41 42 43 44 45 46');
  expect(bytes(r, A, 0, 0, 4)).toBe('01 02 03 04');
  expect([0, 1, 2, 3].map(page => r.permissionOf(A, page))).toEqual([5, 3, 3, 0]);
  expect([-1, 4, 99].map(page => r.permissionOf(A, page))).toEqual([0, 0, 0]);
  expect([r.frames, r.processes, r.privatePages(A)]).toEqual([2, 1, 2]);
});

test('fork copies every byte, and from then on the two are apart', () => {
  const r = begin();
  r.fill(A, 1, 2, 3, 0x0a0b0c0d);
  r.fork(A, B);
  r.fill(A, 1, 0, 1, 0xee);
  r.fill(B, 2, 7, 1, 0xff);
  expect(bytes(r, A, 1, 0, 16)).toBe('ee 21 0d 0c 0b 25 26 27 3f 40 41 42 43 44 45 46');
  expect(bytes(r, B, 1, 0, 16)).toBe('20 21 0d 0c 0b 25 26 27 3f 40 41 42 43 44 45 ff');
  expect([r.frames, r.processes, r.parent[B], r.image[B]]).toEqual([4, 2, A, 0]);
});

test('a fill goes on over the end of a page', () => {
  const r = begin();
  r.fill(A, 1, 6, 5, 0x04030201);
  expect(bytes(r, A, 1, 4, 8)).toBe('24 25 01 02 03 04 01 42');
});

test('a vfork child uses the memory of its parent until it ends', () => {
  const r = begin();
  r.vfork(A, B);
  r.fill(B, 1, 0, 1, 9);
  expect([r.spaceOf[A], r.spaceOf[B], r.suspendedBy[A], r.frames]).toEqual([A, A, B, 2]);
  expect(r.borrows(B)).toBe(true);
  r.end(B, 3);
  expect([r.suspendedBy[A], r.state[B], r.ending(B), r.frames]).toEqual([-1, ZOMBIE, 3, 2]);
  expect(bytes(r, A, 1, 0, 2)).toBe('09 21');
});

test('a vfork child that execs gets memory of its own', () => {
  const r = begin();
  r.vfork(A, B);
  r.exec(B, 1);
  expect([r.spaceOf[B], r.suspendedBy[A], r.frames, r.image[B]]).toEqual([B, -1, 4, 1]);
  expect(bytes(r, B, 1, 0, 2)).toBe('31 32');
  expect(bytes(r, A, 1, 0, 2)).toBe('20 21');
});

test('a kill of a suspended parent waits until its child has ended', () => {
  const r = begin();
  r.vfork(A, B);
  r.kill(A, 256);
  expect(r.state[A]).toBe(ALIVE);
  r.end(B, 0);
  expect([...r.state]).toEqual([NONE, NONE, NONE, NONE]);
  expect([r.frames, r.processes]).toEqual([0, 0]);
});

test('exec replaces the whole image and keeps the family', () => {
  const r = begin();
  r.fork(A, B);
  r.fill(B, 1, 0, 8, 0x55555555);
  r.exec(B, 1);
  expect(bytes(r, B, 1, 0, 8)).toBe('31 32 33 34 35 36 37 38');
  expect(bytes(r, B, 3, 0, 8)).toBe('00 00 00 00 00 00 00 00');
  expect([0, 1, 2, 3].map(page => r.permissionOf(B, page))).toEqual([0, 3, 0, 3]);
  expect([r.parent[B], r.frames]).toEqual([A, 4]);
});

test('an ended process is a zombie until it is waited for; its children go to init', () => {
  const r = begin();
  r.fork(A, B);
  r.fork(B, C);
  r.end(B, 7);
  expect([r.state[B], r.ending(B), r.parent[C], r.frames, r.processes]).toEqual([ZOMBIE, 7, -1, 4, 3]);
  r.end(C, 1);
  expect([r.state[C], r.frames, r.processes]).toEqual([NONE, 2, 2]);
  r.reap(B);
  expect([r.state[B], r.processes]).toEqual([NONE, 1]);
});

test('init waits at once for the zombies it inherits', () => {
  const r = begin();
  r.fork(A, B);
  r.fork(B, C);
  r.end(C, 1);
  expect(r.state[C]).toBe(ZOMBIE);
  r.end(B, 1);
  expect([r.state[B], r.state[C], r.processes]).toEqual([ZOMBIE, NONE, 2]);
});

test('where memory is released at wait, a zombie still holds its frames', () => {
  const r = begin(true);
  r.fork(A, B);
  r.end(B, 0);
  expect(r.frames).toBe(4);
  r.reap(B);
  expect(r.frames).toBe(2);
  r.vfork(A, C);
  r.end(C, 0);
  expect(r.frames).toBe(2); // a borrower had nothing to hold
  r.reap(C);
  expect(r.frames).toBe(2);
});

test('a second run owes nothing to the first', () => {
  const r = begin(true);
  r.fork(A, B);
  r.fill(A, 1, 0, 8, -1);
  r.end(B, 0);
  r.reset();
  expect(bytes(r, A, 1, 0, 3)).toBe('20 21 22');
  r.vfork(A, B);
  r.end(B, 0);
  r.reap(B);
  expect([r.frames, r.processes]).toEqual([2, 1]);
});
