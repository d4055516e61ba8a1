// Which parts of an inspection a log does not hold.
import type { Inspects } from '../spec/inspection.ts';
import {
  CONTENTS,
  COPY_ON_WRITE,
  ENTRY,
  EXCLUSIVE,
  EXECUTABLE,
  FAULTS,
  FRAME,
  PINNED,
  SPACE,
  TOTALS,
  type Transcript,
  WRITABLE,
} from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';

/** The parts that no record of `seen` tells anything about. */
export function lookedFor(seen: Transcript, world: World): readonly (keyof Inspects)[] {
  const shown: Record<keyof Inspects, boolean> = {
    frame: false,
    writable: false,
    exclusive: false,
    // A world without text has none to show.
    executable: !world.images.some(image => (image.text ?? 0) > 0),
    copyOnWrite: false,
    count: false,
    free: false,
    contents: false,
    totals: false,
    faults: false,
    // A history without pins has none to show.
    pins: true,
  };
  const { log, logLength } = seen;
  const lengths: Readonly<Record<number, number>> = {
    [ENTRY]: 5,
    [FRAME]: 5,
    [CONTENTS]: 2 + world.pageSize / 4,
    [TOTALS]: 3,
    [SPACE]: 3,
    [FAULTS]: 2,
    [PINNED]: 3,
  };
  for (let at = 0; at < logLength; at += lengths[log[at] ?? 0] ?? logLength) {
    const [kind = 0, a = -1, b = -1, c = -1, d = 0] = log.subarray(at, at + 5);
    if (kind === ENTRY) {
      shown.frame ||= c >= 0;
      shown.writable ||= (d & WRITABLE) !== 0;
      shown.exclusive ||= (d & EXCLUSIVE) !== 0;
      shown.executable ||= (d & EXECUTABLE) !== 0;
      shown.copyOnWrite ||= (d & COPY_ON_WRITE) !== 0;
    }
    shown.count ||= kind === FRAME && b >= 0;
    shown.free ||= kind === FRAME && c >= 0;
    shown.contents ||= kind === CONTENTS;
    shown.totals ||= kind === TOTALS && a >= 0;
    shown.faults ||= kind === FAULTS;
  }
  return (Object.keys(shown) as (keyof Inspects)[]).filter(part => !shown[part]);
}
