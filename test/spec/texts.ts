// Trace files as the tests of the parser write them.

/** Pages: text 0, rodata 1, data 2 and 3, bss 4, heap 5, map 6, guard 7, stack 8; edges 9 to 13. */
export const WORLD = `{"pageSize":16,"processes":4,"frames":32,"images":[{"name":"sh","text":1,"rodata":1,"data":2,"bss":1,"heap":1,"stack":1}],"spare":{"map":1}}`;

export const traceText = (ops: readonly string[], world = WORLD, tail = ''): string =>
  `{\n  "format": 1,\n  "world": ${world},\n  "ops": [\n${ops.map(op => `    ${op}`).join(',\n')}\n  ]${tail}\n}\n`;

export const FINDING = `,
  "finding": {
    "rule": 2,
    "invariant": "isolation.write-stays-private",
    "at": 0,
    "required": "00",
    "found": "09",
    "because": "leaked",
    "target": "model",
    "identity": {
      "kernel": "6.1"
    },
    "seed": 541,
    "shrunkFrom": 25,
    "reproduced": {
      "times": 3,
      "of": 3
    }
  }`;
