import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { flushPeriodMs, flushUses } from '../../../src/control-plane/jobs/flush-uses.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('flushes every ten seconds, and once more when it is stopped', async () => {
  expect(flushPeriodMs).toBe(10_000);
  let flushes = 0;
  const flushing = flushUses({ flush: async () => void (flushes += 1) }, (error) => {
    throw error;
  });
  await vi.advanceTimersByTimeAsync(25_000);
  expect(flushes).toBe(3);
  await flushing.stop();
  expect(flushes).toBe(4);
  await vi.advanceTimersByTimeAsync(25_000);
  expect(flushes).toBe(4);
});

it('stops also when the last flush fails, and says so', async () => {
  const failures: unknown[] = [];
  const flushing = flushUses({ flush: () => Promise.reject(new Error('disk full')) }, (error) => failures.push(error));
  await flushing.stop();
  expect(failures).toEqual([new Error('disk full'), new Error('disk full')]);
});
