// A state as one number: all that the machine, the reference and the judges remember, hashed.
import xxhash from 'xxhash-wasm';
import type { Snapshot } from '../spec/snapshot.ts';
import type { Mark } from './stage.ts';

export type Fingerprint = (mark: Mark) => bigint;

/** 64 bits: among a million states two share a fingerprint with a probability of 3 in a hundred million. */
export async function fingerprint(): Promise<Fingerprint> {
  const hash = await xxhash();
  let buffer = new Uint8Array(4096);
  let at = 0;
  const add = ({ arrays, numbers }: Snapshot): void => {
    for (const array of arrays) {
      if (at + array.byteLength + numbers.length * 4 > buffer.length) {
        const longer = new Uint8Array(2 * buffer.length + array.byteLength);
        longer.set(buffer);
        buffer = longer;
      }
      buffer.set(
        array instanceof Uint8Array
          ? array
          : new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
        at,
      );
      at += array.byteLength;
    }
    for (const number of numbers)
      for (let shift = 0; shift < 32; shift += 8) buffer[at++] = (number >> shift) & 255;
  };
  return ({ machine, reference, view }) => {
    at = 0;
    for (const part of machine) add(part);
    add(reference);
    add(view);
    return hash.h64Raw(buffer.subarray(0, at));
  };
}
