import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { every } from '../../../src/control-plane/jobs/every.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const fail = (error: unknown) => {
  throw error;
};

it('runs at once, then once per period, until it is stopped', async () => {
  let runs = 0;
  const job = every(1000, async () => void (runs += 1), fail);
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(3500);
  expect(runs).toBe(4);
  await job.stop();
  await vi.advanceTimersByTimeAsync(3500);
  expect(runs).toBe(4);
});

it('never runs twice at a time, and goes on after a failure', async () => {
  const failures: unknown[] = [];
  const first = Promise.withResolvers<void>();
  let runs = 0;
  const job = every(
    1000,
    () => {
      runs += 1;
      return runs === 1 ? first.promise : Promise.resolve();
    },
    (error) => failures.push(error),
  );
  await vi.advanceTimersByTimeAsync(2500);
  expect(runs).toBe(1);
  first.reject(new Error('no'));
  await vi.advanceTimersByTimeAsync(1000);
  expect([runs, failures]).toEqual([2, [new Error('no')]]);
  await job.stop();
});

it('tells a run that it is to stop, and waits for it', async () => {
  const barrier = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  const job = every(
    1000,
    async (isStopping) => {
      seen.push(isStopping());
      await barrier.promise;
      seen.push(isStopping());
    },
    fail,
  );
  const stopped = job.stop().then(() => seen.push('stopped'));
  barrier.resolve();
  await stopped;
  expect(seen).toEqual([false, true, 'stopped']);
});
