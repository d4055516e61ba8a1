// Packets of the gdb remote protocol: framed, taken apart however they come, and read.
import { describe, expect, test } from 'vitest';
import { packet, Packets, registersOf, stopOf } from '../../../../targets/xv6/races/packets.ts';

describe('packets', () => {
  test('are framed with the sum of their letters', () => {
    expect(packet('g')).toBe('$g#67');
    expect(packet('vCont;c:1')).toBe('$vCont;c:1#13');
    expect(packet('')).toBe('$#00');
  });

  test('come out whole, in whatever pieces they came', () => {
    const stream = `+${packet('OK')}++${packet('T05thread:01;')}+`;
    for (let cut = 0; cut <= stream.length; cut++) {
      const packets = new Packets();
      expect([...packets.take(stream.slice(0, cut)), ...packets.take(stream.slice(cut))]).toEqual([
        'OK',
        'T05thread:01;',
      ]);
    }
  });

  test('say many times the same in three letters', () => {
    const letters = '0* 1';
    expect(new Packets().take(packet(letters))).toEqual(['00001']);
  });

  test('are refused with a wrong sum, and where something else begins', () => {
    expect(() => new Packets().take('$OK#00')).toThrow('the sum of "$OK#00" is wrong');
    expect(() => new Packets().take('HTTP/1.1 400')).toThrow(
      'a packet begins with $, and "HTTP/1.1 400" came',
    );
  });
});

describe('a stop', () => {
  test.each([
    ['T05thread:02;awatch:000000008000b51c;', { hart: 1, watched: 0x8000b51c, asked: false }],
    ['T05thread:01;watch:80021234;', { hart: 0, watched: 0x80021234, asked: false }],
    ['T05thread:p01.02;', { hart: 1, watched: undefined, asked: false }],
    ['T02thread:01;', { hart: 0, watched: undefined, asked: true }],
    ['S05', { hart: undefined, watched: undefined, asked: false }],
  ])('%s', (text, stop) => {
    expect(stopOf(text)).toEqual(stop);
  });

  test('is not every packet', () => {
    expect(stopOf('OK')).toBeUndefined();
    expect(stopOf('E01')).toBeUndefined();
  });
});

test('registers are 33 words, little-endian', () => {
  const words = Array.from({ length: 33 }, (_, i) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(i === 32 ? 0x8000_0400n : BigInt(i));
    return bytes.toString('hex');
  });
  const { x, pc } = registersOf(words.join(''));
  expect(x).toEqual(Array.from({ length: 32 }, (_, i) => i));
  expect(pc).toBe(0x8000_0400);
  expect(() => registersOf('E14')).toThrow('33 registers were expected');
});
