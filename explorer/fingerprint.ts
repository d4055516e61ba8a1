// A state as one number: all that the machine, the reference and the judges remember, hashed.
import xxhash from 'xxhash-wasm';
import type { Mark } from './stage.ts';

export type Fingerprint = (mark: Mark) => bigint;

/** 64 bits: among a million states two share a fingerprint with a probability of 3 in a hundred million. */
export async function fingerprint(): Promise<Fingerprint> {
  const { h64Raw } = await xxhash();
  let buffer = new Uint8Array(4096);
  return mark => {
    let length = 0;
    for (const { arrays, numbers } of mark) {
      length += numbers.length * 4;
      for (const array of arrays) length += array.byteLength;
    }
    if (length > buffer.length) buffer = new Uint8Array(length * 2);
    let at = 0;
    for (const { arrays, numbers } of mark) {
      for (const array of arrays) {
        buffer.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
        at += array.byteLength;
      }
      for (const number of numbers) {
        buffer[at++] = number & 255;
        buffer[at++] = (number >> 8) & 255;
        buffer[at++] = (number >> 16) & 255;
        buffer[at++] = (number >> 24) & 255;
      }
    }
    return h64Raw(buffer.subarray(0, length));
  };
}
