// Wrong on purpose, and caught: the recipe reaches past its draft to what the draft was made from.
//
//   npx cowcheck fuzz ./examples/immer/wrong.mjs        exit code 1
import { defineTarget } from 'cowcheck';
import { Immer, original } from 'immer';
import { immerCow } from './cow.mjs';

/** Freezing would stop the mistake at once; large states are often left unfrozen for speed, and then nothing does. */
const immer = new Immer({ autoFreeze: false });

export default defineTarget(
  immerCow({
    immer,
    write(immer, process, page, offset, bytes) {
      process.state = immer.produce(process.state, draft => {
        const target = original(draft).pages[page];
        bytes.forEach((byte, i) => {
          target[offset + i] = byte;
        });
      });
    },
  }),
);
