// Saving and restoring the state of a machine made of typed arrays and numbers.

/** What `save` returns and `restore` takes; of no use to any other machine. */
export interface Snapshot {
  readonly arrays: readonly (Int32Array | Uint8Array)[];
  readonly numbers: readonly number[];
}

/** Copies of `arrays`, and `numbers`. */
export function take(arrays: readonly (Int32Array | Uint8Array)[], numbers: readonly number[]): Snapshot {
  return { arrays: arrays.map(array => array.slice()), numbers };
}

/** Up to so many elements are copied one by one: a call costs more. */
const FEW = 32;

/** Puts the saved contents back into `arrays`, which must be those they were taken from; returns the numbers. */
export function putBack(snapshot: Snapshot, arrays: readonly (Int32Array | Uint8Array)[]): readonly number[] {
  for (let i = 0; i < arrays.length; i++) {
    const array = arrays[i]!;
    const saved = snapshot.arrays[i];
    if (saved === undefined || saved.length !== array.length)
      throw new RangeError('the snapshot is of another machine');
    if (saved.length > FEW) array.set(saved);
    else if (array instanceof Int32Array) copyWords(saved as Int32Array, array);
    else copyBytes(saved as Uint8Array, array);
  }
  return snapshot.numbers;
}

function copyWords(from: Int32Array, to: Int32Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]!;
}

function copyBytes(from: Uint8Array, to: Uint8Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]!;
}
