// Offsets, sizes, enum values and array lengths of a kernel's types, from its debug information.

export interface Wanted {
  /** A type and a field path: ['struct proc', 'pagetable']. */
  readonly offsets?: readonly (readonly [type: string, field: string])[];
  /** A type: 'struct proc'. Bytes. */
  readonly sizes?: readonly string[];
  /** Enumerators: 'SLEEPING'. */
  readonly enums?: readonly string[];
  /** Global arrays: 'proc' → its length in elements. */
  readonly arrays?: readonly string[];
}

/** Keys: 'struct proc.pagetable', 'sizeof struct proc', 'SLEEPING', 'length proc'. */
export type Shapes = ReadonlyMap<string, number | undefined>;

export interface ShapesRead {
  readonly shapes: Shapes;
  /** Why nothing could be read, as a sentence with a remedy; absent when the debug information was read. */
  readonly notUnderstood?: string;
}

/** Never throws for want of gdb or debug information: that is `notUnderstood`, and every shape is undefined. */
export function shapesOf(kernel: string, wanted: Wanted): Promise<ShapesRead> {
  void kernel;
  void wanted;
  return Promise.reject(new Error('not yet'));
}
