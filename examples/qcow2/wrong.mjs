// Wrong on purpose, and caught: the child's overlay lies on the file that the parent goes on writing to.
//
//   npx cowcheck fuzz ./examples/qcow2/wrong.mjs --max-ops 16       exit code 1
import { defineTarget } from 'cowcheck';
import { qcow2Cow } from './cow.mjs';

export default defineTarget(
  qcow2Cow({
    fork: async (parent, { overlay }) => ({ layer: await overlay(parent.layer) }),
  }),
);
