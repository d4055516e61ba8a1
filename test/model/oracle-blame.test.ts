// What the judge says of wrong bytes and wrong answers, as a user reads it.
import { expect, test } from 'vitest';
import * as is from '../../spec/reply.ts';
import {
  answer,
  B,
  bytes,
  fault,
  FORK,
  forked,
  fresh,
  last,
  noMemory,
  ok,
  reaped,
  type Step,
  VFORK,
} from './judge.ts';

function words(...steps: readonly Step[]): string {
  const judgement = last({}, ...steps);
  if (typeof judgement !== 'object') throw new Error(`was allowed: ${judgement}`);
  const { rule, required, found, because } = judgement;
  return [`rule ${rule}`, `required ${required}`, `found    ${found}`, because].join('\n');
}

const WRITE: Step = ['write A data+0 length 1 = 9', ok];
const seenBy = (by: string): Step => [`read ${by} data+0 length 2`, bytes(9, 0x21)];

test('a relative sees what another wrote', () => {
  expect(words(FORK, WRITE, seenBy('B'))).toMatchInlineSnapshot(`
    "rule 2
    required 20 21
    found    09 21
    A stored this byte with write A data+0 length 1 = 9 (op 2); B has a memory of its own and must not see it at data+0."
  `);
});

test('a relative sees what the kernel wrote for another', () => {
  expect(words(FORK, ['kwrite A data+0 length 1 = 9', ok], seenBy('B'))).toMatchInlineSnapshot(`
    "rule 13
    required 20 21
    found    09 21
    A stored this byte with kwrite A data+0 length 1 = 9 (op 2); B has a memory of its own and must not see it at data+0."
  `);
});

test('a relative sees the first bytes of a kernel write that failed', () => {
  expect(
    words(FORK, ['kwrite A data+15 length 2 = 9', fault(1)], ['read B data+14 length 2', bytes(0x45, 9)]),
  ).toMatchInlineSnapshot(`
    "rule 13
    required 45 46
    found    45 09
    A stored this byte with kwrite A data+15 length 2 = 9 (op 2); B has a memory of its own and must not see it at data+15."
  `);
});

test('a writer sees more of a failed kernel write than was owned to', () => {
  expect(
    words(['kwrite A data+15 length 2 = 9', fault(0)], ['read A data+15 length 1', bytes(9)]),
  ).toMatchInlineSnapshot(`
    "rule 13
    required 46
    found    09
    A sees what it wrote itself with kwrite A data+15 length 2 = 9 (op 1), though that was refused."
  `);
});

test('a relative sees the status of another', () => {
  expect(
    words(
      FORK,
      ['fork A -> C', forked(2)],
      ['exit B status 9', ok],
      ['wait A into data+0', reaped(B, 9)],
      ['read C data+0 length 2', bytes(9, 0)],
    ),
  ).toMatchInlineSnapshot(`
    "rule 15
    required 20 21
    found    09 00
    A stored this byte with wait A into data+0 (op 4); C has a memory of its own and must not see it at data+0."
  `);
});

test('a writer does not see what it wrote', () => {
  expect(words(WRITE, ['read A data+0 length 2', fresh])).toMatchInlineSnapshot(`
    "rule 2
    required 09 21
    found    20 21
    what A stored with write A data+0 length 1 = 9 (op 1) is not at data+0."
  `);
});

test('a writer sees an older value of its own', () => {
  expect(words(WRITE, ['write A data+0 length 1 = 7', ok], seenBy('A'))).toMatchInlineSnapshot(`
    "rule 2
    required 07 21
    found    09 21
    A sees what it wrote itself with write A data+0 length 1 = 9 (op 1), though that was overwritten or never its own."
  `);
});

test('a parent does not see what its vfork child wrote', () => {
  expect(
    words(
      VFORK,
      ['write B data+0 length 1 = 9', ok],
      ['exit B status 0', ok],
      ['read A data+0 length 2', fresh],
    ),
  ).toMatchInlineSnapshot(`
    "rule 18
    required 09 21
    found    20 21
    what B stored with write B data+0 length 1 = 9 (op 2) is not at data+0, though it ran in the memory of A."
  `);
});

test('what a vfork child wrote after its exec is not missed', () => {
  expect(
    words(
      VFORK,
      ['exec B image 1 execv argument 1', answer(is.EXECUTED, 1, 1, 0)],
      ['write B data+0 length 1 = 32', ok],
      ['read A data+0 length 2', bytes(0x33, 0x21)],
    ),
  ).toMatchInlineSnapshot(`
    "rule 1
    required 20 21
    found    33 21
    A sees a byte at data+0 that no op stored there."
  `);
});

test('a byte comes from nowhere', () => {
  expect(words(FORK, ['read B data+7 length 1', bytes(0xdb)])).toMatchInlineSnapshot(`
    "rule 1
    required 27
    found    db
    B sees a byte at data+7 that no op stored there."
  `);
});

test('a kernel read sees something else', () => {
  expect(words(['kread A data+7 length 2', bytes(0x27, 0x27)])).toMatchInlineSnapshot(`
    "rule 14
    required 27 3f
    found    27 27
    A sees a byte at data+8 that no op stored there."
  `);
});

test('too few bytes', () => {
  expect(words(['read A data+0 length 2', bytes(0x20)])).toMatchInlineSnapshot(`
    "rule 2
    required 20 21
    found    20
    2 bytes were asked for and 1 came back."
  `);
});

test('a fork is refused although a copy would fit', () => {
  expect(words(['fork A -> B', noMemory])).toMatchInlineSnapshot(`
    "rule 28
    required success: eager copying would hold 4 frames, and there is room for 8
    found    fork refused for want of memory
    1 process of 4 in use, eager copying holds 2 frames with room for 8, and no allocation was made to fail in this op."
  `);
});

test('a fork names the wrong child', () => {
  expect(words(['fork A -> B', forked(-1)])).toMatchInlineSnapshot(`
    "rule 1
    required fork returns the id of B to the parent
    found    it returned the id of no process
    1 process of 4 in use, eager copying holds 2 frames with room for 8, and no allocation was made to fail in this op."
  `);
  expect(words(['fork A -> B', forked(0)])).toMatchInlineSnapshot(`
    "rule 1
    required fork returns the id of B to the parent
    found    it returned that of A
    1 process of 4 in use, eager copying holds 2 frames with room for 8, and no allocation was made to fail in this op."
  `);
});

test('an answer is out of place', () => {
  expect(words(['read A max length 1', fault()])).toMatchInlineSnapshot(`
    "rule 12
    required the load is refused: this process may not make it
    found    fault
    A at max may do nothing; eager copying holds 2 frames with room for 8, and no allocation was made to fail in this op."
  `);
  expect(words(['write A data+0 length 1 = 9', noMemory])).toMatchInlineSnapshot(`
    "rule 11
    required ok: the page is writable for this process
    found    refused (memory)
    A at data+0 may read and write, whatever copy-on-write has made of the page; eager copying holds 2 frames with room for 8, and no allocation was made to fail in this op."
  `);
  expect(words(['exit A status 0', answer(99)])).toMatchInlineSnapshot(`
    "rule 24
    required ok
    found    reply 99
    A lives and nobody has its memory on loan; eager copying holds 2 frames with room for 8, and no allocation was made to fail in this op."
  `);
});
