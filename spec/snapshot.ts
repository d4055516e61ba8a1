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

/** Puts the saved contents back into `arrays`, which must be those they were taken from; returns the numbers. */
export function putBack(snapshot: Snapshot, arrays: readonly (Int32Array | Uint8Array)[]): readonly number[] {
  arrays.forEach((array, i) => {
    const saved = snapshot.arrays[i];
    if (saved === undefined || saved.length !== array.length)
      throw new RangeError('the snapshot is of another machine');
    array.set(saved);
  });
  return snapshot.numbers;
}
