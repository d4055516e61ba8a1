// The kits: each toy store holds, and its seeded bug is found and shrunk to the minimum.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandTarget, describeOp, fuzz } from '../../index.ts';
import { build, KITS, lacking } from './kits.ts';

/** Of ops performed in one test: enough for every op and every rule that the kit can reach. */
const RUNS = 200;
const SHORT = 150;

for (const kit of KITS) {
  const missing = lacking(kit);
  describe.skipIf(missing !== undefined)(`the ${kit.language} kit`, { timeout: 120_000 }, () => {
    let said = '';
    beforeAll(() => {
      said = build(kit);
    }, 180_000);

    test('builds without a word', () => {
      expect(said).toBe('');
    });

    test('is short', () => {
      expect(readFileSync(kit.source, 'utf8').trimEnd().split('\n').length).toBeLessThan(SHORT);
    });

    test('holds, with everything it offers seen', async () => {
      const target = await commandTarget({ command: kit.command });
      const result = await fuzz({ target, runs: RUNS, seed: 1 });
      expect(result.why).toEqual([]);
      expect(result.verdict).toBe('held');
      expect(result.unhit.filter(name => !name.includes('a last holder wrote its frame in place'))).toEqual(
        [],
      );
    });

    test('its seeded bug is found and shrunk to the minimum', async () => {
      const [invariant, ops] = kit.wrong;
      for (const seed of [1, 2, 3]) {
        const target = await commandTarget({ command: `${kit.command} --wrong` });
        const result = await fuzz({ target, runs: RUNS, seed, ops: ['fork', 'exit', 'read', 'write'] });
        const found = result.counterexamples[0];
        expect({ seed, invariant: found?.invariant }).toEqual({ seed, invariant });
        expect(found?.trace.ops.map(describeOp)).toEqual(ops);
      }
    });
  });
}

describe('the C kit alone', () => {
  test('needs nothing but libc: it includes no other header', () => {
    const header = readFileSync(new URL('../../agents/cowcheck.h', import.meta.url), 'utf8');
    const included = [...header.matchAll(/#include <(.*)>/g)].map(match => match[1]);
    expect(included).toEqual(['stdint.h', 'stdio.h', 'stdlib.h', 'string.h', 'time.h', 'unistd.h']);
    expect(header).not.toMatch(/#include "/);
  });
});
