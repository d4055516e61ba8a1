// A transcript that is looked at while it is written: its log goes straight into a view.
import { Transcript } from '../spec/transcript.ts';
import type { Window } from '../spec/window.ts';
import type { View } from './view.ts';

/** Keeps the replies; of inspections it keeps nothing but what the view makes of them. */
export class LiveTranscript extends Transcript {
  /** Where inspections go. */
  view: View;
  /** Called at the end of every section, with the view showing it. */
  readonly onSection: () => void;

  constructor(view: View, onSection: () => void) {
    super();
    this.view = view;
    this.onSection = onSection;
  }

  override changes(window: Window): void {
    this.view.look(window);
    this.sections++;
    this.onSection();
  }

  override entry(space: number, page: number, frame: number, bits: number): void {
    this.view.entry(space, page, frame, bits);
  }

  override frame(frame: number, count: number, free: number, held: number): void {
    this.view.showFrame(frame, count, free, held);
  }

  override contents(frame: number, words: Int32Array, start: number): void {
    this.view.showContents(frame, words, start);
  }

  override totals(used: number, tables: number): void {
    this.view.used = used;
    this.view.tables = tables;
  }

  override space(process: number, space: number): void {
    this.view.move(process, space);
  }

  override pin(handle: number, frame: number): void {
    this.view.pin(handle, frame);
  }

  override faults(faults: number): void {
    this.view.faults = faults;
  }

  override endSection(): void {
    this.sections++;
    this.onSection();
  }
}
