// When a guest is given up: nothing has moved for too long, by its own clock or by ours.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Watch } from '../../../targets/xv6/watch.ts';

let cpu = 0;
const machine = { cpuSeconds: (): number => cpu };

beforeEach(() => {
  cpu = 0;
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => vi.useRealTimers());

/** Seconds pass, in which the machine is busy. */
function spin(seconds: number): void {
  cpu += seconds;
  vi.advanceTimersByTime(seconds * 1000);
}

test('a load that takes the processor for long never ends; what moves is waited for', () => {
  const watch = new Watch(machine);
  expect(watch.stuck('1', 1, 'read')).toBe(false);
  spin(0.4);
  expect(watch.stuck('1', 1, 'read')).toBe(false);
  expect(watch.stuck('2', 1, 'read')).toBe(false);
  spin(0.4);
  expect(watch.stuck('2', 1, 'read')).toBe(false);
  spin(0.2);
  expect(watch.stuck('2', 1, 'read')).toBe(true);
});

test('that somebody has ended is progress, and a kernel that spins with nothing to do is not stuck at once', () => {
  const watch = new Watch(machine);
  watch.stuck('1', 1, 'read');
  spin(0.45);
  expect(watch.stuck('1', 1, 'read', 7)).toBe(false);
  spin(3.5);
  expect(watch.stuck('1', 1, 'read', 7)).toBe(false);
  spin(1);
  expect(watch.stuck('1', 1, 'read', 7)).toBe(true);
});
