// What a check of an adapter comes to, as data: the adapter's soundness, never that of what it drives.

/** `weak`: it works, but a search through it would show little. `left out`: it could not be asked. */
export type Soundness = 'sound' | 'fault' | 'weak' | 'left out';

export interface ConformityCheck {
  /** Stable: `handshake`, `order`, `reset` … */
  readonly id: string;
  readonly soundness: Soundness;
  /** What was seen, in a sentence. */
  readonly detail: string;
  /** What to do about a fault. */
  readonly remedy?: string;
}

export const sound = (id: string, detail: string): ConformityCheck => ({ id, soundness: 'sound', detail });
export const fault = (id: string, detail: string, remedy: string): ConformityCheck => ({
  id,
  soundness: 'fault',
  detail,
  remedy,
});
export const leftOut = (id: string, detail: string): ConformityCheck => ({
  id,
  soundness: 'left out',
  detail,
});
