// What a debugger sees of a target between two ops, in plain form; `Transcript` holds the same packed.
import type { Handle, Name } from './op.ts';

/** One present page-table entry. */
export interface PageInspection {
  /** Page number within the layout. */
  readonly page: number;
  /** An opaque token, compared for equality only; absent if the target cannot tell. Two pages share a frame iff the tokens are equal. */
  readonly frame?: number;
  /** Would a store go through without a fault? */
  readonly writable?: boolean;
  /** Does the target hold this page to be its owner's alone? */
  readonly exclusive?: boolean;
  readonly executable?: boolean;
  /** Will a store be answered by a break instead of a refusal? */
  readonly copyOnWrite?: boolean;
  /** Its bytes are in a swap slot, named by `frame`; a load or store brings them back. */
  readonly swapped?: boolean;
}

export interface ProcessInspection {
  readonly process: Name;
  /** Token of the address space; equal tokens mean one memory (vfork). */
  readonly space: number;
  /** Present entries; pages not listed are not present. */
  readonly pages: readonly PageInspection[];
}

export interface FrameInspection {
  readonly frame: number;
  /** The target's own count of references. */
  readonly count?: number;
  readonly free?: boolean;
  /** References that are no page-table entry and are known to be right: the image cache, pins. */
  readonly held?: number;
  /** All bytes of the frame, in hex. */
  readonly contents?: string;
}

export interface Inspection {
  /** Every process that holds memory. */
  readonly processes: readonly ProcessInspection[];
  readonly frames: readonly FrameInspection[];
  /** The frame that each pin in use refers to. */
  readonly pins?: readonly { readonly pin: Handle; readonly frame: number }[];
  /** Data frames in use; page-table frames in use. */
  readonly used?: number;
  readonly tables?: number;
  /** Page faults taken by the op just run. */
  readonly faults?: number;
}

/** Which parts of an inspection a target offers. What is false is left out, and the report names what needed it. */
export interface Inspects {
  readonly frame: boolean;
  readonly writable: boolean;
  readonly exclusive: boolean;
  readonly executable: boolean;
  readonly copyOnWrite: boolean;
  readonly count: boolean;
  readonly free: boolean;
  readonly contents: boolean;
  readonly totals: boolean;
  readonly faults: boolean;
  readonly pins: boolean;
}

export const INSPECTS_NOTHING: Inspects = {
  frame: false,
  writable: false,
  exclusive: false,
  executable: false,
  copyOnWrite: false,
  count: false,
  free: false,
  contents: false,
  totals: false,
  faults: false,
  pins: false,
};
