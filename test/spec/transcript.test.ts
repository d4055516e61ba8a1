// Transcripts grow without losing what they hold.
import { expect, test } from 'vitest';
import { REPLY_STRIDE, Transcript } from '../../spec/transcript.ts';

test('thousands of replies, sections, bytes and records keep their order', () => {
  const seen = new Transcript();
  seen.endSection();
  for (let i = 0; i < 3000; i++) {
    seen.reply(3, i, i + 1, i + 2, 1);
    const start = seen.reserveBytes(7);
    seen.bytes.fill(i & 255, start, start + 7);
    seen.entry(i, 1, 2, 3);
    seen.frame(i, 4, 5, 6);
    seen.contents(i, Int32Array.of(9, 8, 7, 6), 1, 2);
    seen.totals(i, 7);
    seen.space(i, 8);
    seen.faults(i);
    seen.endSection();
  }
  expect(seen.count).toBe(3000);
  expect([...seen.replies.subarray(2999 * REPLY_STRIDE, 3000 * REPLY_STRIDE)]).toEqual([
    3, 2999, 3000, 3001, 1,
  ]);
  expect([...seen.bytes.subarray(1000 * 7, 1001 * 7)]).toEqual(new Array(7).fill(1000 & 255));
  expect(seen.sections).toBe(3001);
  expect(seen.sectionEnd[0]).toBe(0);
  // 5 words of entry, 5 of frame, 2 + 2 of contents, 3 of totals, 3 of space, 2 of faults.
  expect(seen.sectionEnd[3000]).toBe(3000 * 22);
  expect([...seen.log.subarray(17 * 22, 18 * 22)]).toEqual([
    1, 17, 1, 2, 3, 2, 17, 4, 5, 6, 3, 17, 8, 7, 4, 17, 7, 5, 17, 8, 6, 17,
  ]);
  seen.clear();
  expect([seen.count, seen.byteCount, seen.logLength, seen.sections]).toEqual([0, 0, 0, 0]);
});
