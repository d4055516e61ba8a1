// Records that a kernel stores for a user of its own accord, not because it was asked to read: kernel writes of these lengths.

/** Bytes of the two descriptors of pipe(), which takes a frame of its own, and of what fstat() tells of a file, which takes none. */
export const PIPE = 8;
export const FSTAT = 24;

/** An agent of a kernel does writes of these lengths by those calls. */
export const RECORDS = [PIPE, FSTAT] as const;

/** The call that stores a record of each length. */
export const RECORD_CALLS: Readonly<Record<(typeof RECORDS)[number], string>> = {
  [PIPE]: 'pipe',
  [FSTAT]: 'fstat',
};

/** May a kernel write of `length` bytes be done by a call of its own? */
export const isRecord = (length: number): boolean => RECORDS.some(record => record === length);
