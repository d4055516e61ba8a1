// Fixed seeds give fixed tapes: whoever changes the generator does so knowingly, and says so in the change log.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Dice } from '../../properties/generator/dice.ts';
import { PROFILES } from '../../properties/generator/profile.ts';
import { TapeWriter } from '../../properties/generator/writer.ts';
import { smaller } from '../../properties/shrink.ts';
import { worldOf } from '../../runner/worlds.ts';
import { MODEL_OPS } from '../../targets/model/session.ts';
import { lines, tape } from '../history.ts';
import { SMALL } from '../model/worlds.ts';

const WORLD = worldOf(16, 4, 3, 24);

function written(profile: (typeof PROFILES)[number], runs: number): readonly string[] {
  const writer = new TapeWriter(WORLD, {
    ops: MODEL_OPS,
    profile,
    maxOps: 40,
    refusalKills: true,
    readBack: false,
  });
  return Array.from({ length: runs }, (_, run) => lines(writer.write(541, run)));
}

const fingerprint = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n\n')).digest('hex').slice(0, 16);

test('the dice of seed 541, stream 7', () => {
  const dice = new Dice(541, 7);
  expect(Array.from({ length: 12 }, () => dice.below(100)).join(' ')).toMatchInlineSnapshot(
    `"24 83 66 97 21 2 81 57 17 90 34 85"`,
  );
});

test('the first tape of profile base, seed 541', () => {
  expect(written('base', 1)[0]?.split('\n').slice(0, 10).join('\n')).toMatchInlineSnapshot(`
    "write A stack+8 length 1 = 2164719874
    fork A -> B
    read B stack+0 length 16
    write A stack+12 length 1 = 2181955843
    fork B -> C
    write A data+3 length 5 = 2199191812
    read A data+12 length 1
    write C heap+6 length 1 = 2216428293
    write D size length 1 = 2233664518
    write C stack+12 length 1 = 2250900231"
  `);
});

test('200 tapes of each profile, seed 541', () => {
  const prints = PROFILES.map(profile => `${profile} ${fingerprint(written(profile, 200))}`);
  expect(prints.join('\n')).toMatchInlineSnapshot(`
    "base ae93afe32a5baac2
    oom 0a101049ba82016c
    kernel ae46a24cf163d502
    pin cae8b2af76b62964"
  `);
});

test('the first candidates for a shorter trace', () => {
  const candidates = smaller(
    tape(SMALL, 'fork A -> B\nkwrite B data+9 length 2 = 300\nexit B status 2'),
    2,
    MODEL_OPS,
  );
  const texts = [...candidates].map(candidate => lines(candidate).replaceAll('\n', '; '));
  expect(texts.slice(0, 8).join('\n')).toMatchInlineSnapshot(`
    "fork A -> B; kwrite B data+9 length 2 = 300
    fork A -> B; exit B status 2
    kwrite B data+9 length 2 = 300; exit B status 2

    kwrite A data+9 length 2 = 300; exit A status 2
    kwrite B data+9 length 2 = 300; exit B status 2
    fork A -> B
    kwrite B data+9 length 2 = 300"
  `);
  expect(`${texts.length} candidates, ${fingerprint(texts)}`).toMatchInlineSnapshot(
    `"767 candidates, 9cddc58e2c101353"`,
  );
});
