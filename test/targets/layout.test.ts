// Worlds for targets that know plain data pages only: nothing but data, and sizes that follow from that.
import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../properties/generator/profile.ts';
import { checkWishes, plainWorldOf, WorldError, worldsFor } from '../../runner/worlds.ts';
import { layoutOf } from '../../spec/world.ts';

const PLAIN = { layout: 'data' } as const;

describe('a target with plain pages', () => {
  test.each(PROFILES)('is given data pages and nothing else: %s', profile => {
    const worlds = worldsFor(profile, {}, PLAIN, 99);
    expect(worlds.length).toBeGreaterThan(3);
    for (const world of worlds) expect(new Set(layoutOf(world).segmentOf)).toEqual(new Set(['data']));
  });

  test('may use all pages of its address space', () => {
    expect(
      Math.max(...worldsFor('base', {}, { ...PLAIN, pages: 3 }, 99).map(world => layoutOf(world).pages)),
    ).toBe(3);
    expect(() => checkWishes({ pages: 3 }, { ...PLAIN, pages: 3 })).not.toThrow();
    expect(() => checkWishes({ pages: 4 }, { ...PLAIN, pages: 3 })).toThrow(WorldError);
  });

  test('holds one frame less than others do, for it has no stack', () => {
    expect(() => checkWishes({ frames: 2, pages: 2 }, PLAIN)).not.toThrow();
    expect(() => checkWishes({ frames: 2, pages: 2 }, undefined)).toThrow('(its 2 pages and a stack)');
    expect(() => checkWishes({ frames: 1, pages: 2 }, PLAIN)).toThrow('a process holds 2 (its 2 pages)');
  });

  test('a second image is smaller where it can be', () => {
    expect(plainWorldOf(8, 3, 2, 7)).toEqual({
      pageSize: 8,
      processes: 3,
      frames: 7,
      images: [
        { name: 'first', data: 2 },
        { name: 'second', data: 1 },
      ],
    });
  });
});
