// The notation of the tests themselves: a line must mean the op it says.
import { expect, test } from 'vitest';
import { op } from './history.ts';

test('a line is the op it says', () => {
  expect(op('fork A -> B')).toEqual({ op: 'fork', by: 'A', as: 'B' });
  expect(op('write A data+0 length 1 = 9')).toEqual({
    op: 'write',
    by: 'A',
    at: 'data+0',
    length: 1,
    value: 9,
  });
  expect(op('wait A')).toEqual({ op: 'wait', by: 'A' });
  expect(op('wait A into data+4')).toEqual({ op: 'wait', by: 'A', into: 'data+4' });
  expect(op('exec A image 1 execve argument 5')).toEqual({
    op: 'exec',
    by: 'A',
    image: 1,
    via: 'execve',
    argument: 5,
  });
  expect(op('kill A B')).toEqual({ op: 'kill', by: 'A', victim: 'B' });
});

test('a line that says too little or too much is refused', () => {
  expect(() => op('fork A')).toThrow('-> is missing');
  expect(() => op('fork A -> B C')).toThrow('too much');
  expect(() => op('forq A')).toThrow('no such op');
});
