// The world of hand-written histories, with what is known of it by heart.
import type { World } from '../../spec/world.ts';

/**
 * Pages: text 0, data 1 and 2, bss 3. `sh` has text and two data pages, `ls` the first data page and the bss page,
 * `ed` two data pages: two private pages each. Data bytes right after exec, in hex: sh data+0 `20 21 22 …`, sh data+8
 * `3f 40 41 …`, ls data+0 `31 32 33 …`, ed data+0 `42 43 44 …`.
 */
export const SMALL: World = {
  pageSize: 8,
  processes: 4,
  frames: 8,
  images: [
    { name: 'sh', text: 1, data: 2 },
    { name: 'ls', data: 1, bss: 1 },
    { name: 'ed', data: 2 },
  ],
};

export const withFrames = (frames: number): World => ({ ...SMALL, frames });
