// What happened in a race, in order: what each racer touched, where it was held, what kept it waiting, how it ended.

export type Role = 0 | 1;

export type Happening =
  | {
      readonly kind: 'touch';
      readonly role: Role;
      /** The count of the frame, or the first byte of the frame itself. */
      readonly word: 'count' | 'frame';
      readonly access: 'reads' | 'writes' | 'updates';
      readonly pc: number;
      /** What was there before and after. */
      readonly before: number;
      readonly after: number;
    }
  | { readonly kind: 'held'; readonly role: Role; readonly pc: number }
  /** `lock`: the object it is in, or its address; undefined: it sleeps. */
  | {
      readonly kind: 'waits';
      readonly role: Role;
      readonly pc: number;
      readonly lock: string | undefined;
      /** For a lock that the kernel takes for another reason than the page. */
      readonly beside: boolean;
    }
  | { readonly kind: 'done'; readonly role: Role; readonly result: number }
  | { readonly kind: 'killed'; readonly role: Role };

/** Something that makes a run proof of nothing: it is to be done again. */
export class Discarded extends Error {
  override readonly name = 'Discarded';
}
