import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallExpired } from '../../src/errors.ts';
import type { CallOutcome } from '../../src/metrics.ts';
import { type Call, type Caller, pipeline } from '../../src/pipeline.ts';

/** Work that nobody waits for any more is dropped before it costs. Time is set by the test. */
let now: number;
let ended: CallOutcome[];
let passed: ReturnType<typeof pipeline>;

beforeEach(() => {
  vi.useFakeTimers();
  now = 1_000_000;
  ended = [];
  passed = pipeline({
    clock: { now: () => now },
    metrics: { callEnded: (_, outcome) => ended.push(outcome) },
    log: pino({ level: 'silent' }),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a call whose deadline has passed', () => {
  it('is not begun', () => {
    const operation = vi.fn<() => string>();
    const { failures } = run(operation, { deadline: now });
    expect(operation).not.toHaveBeenCalled();
    expect(failures).toEqual([new CallExpired('DEADLINE_EXCEEDED')]);
    expect(ended).toEqual(['DEADLINE_EXCEEDED']);
  });

  it('is not gone on with after a wait', async () => {
    const expensive = vi.fn<() => void>();
    const wait = Promise.withResolvers<undefined>();
    const { failures } = run(
      async (caller) => {
        await wait.promise;
        caller.requireTime();
        expensive();
      },
      { deadline: now + 100 },
    );
    now += 100;
    wait.resolve(undefined);
    await vi.runAllTimersAsync();
    expect(expensive).not.toHaveBeenCalled();
    expect(failures).toEqual([new CallExpired('DEADLINE_EXCEEDED')]);
  });

  it('is answered once, at its deadline, however late its work ends', async () => {
    const work = Promise.withResolvers<string>();
    const { answers, failures } = run(async () => work.promise, { deadline: now + 100 });
    await vi.advanceTimersByTimeAsync(99);
    expect(failures).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(failures).toEqual([new CallExpired('DEADLINE_EXCEEDED')]);
    work.resolve('late');
    await vi.runAllTimersAsync();
    expect([answers, failures.length, ended]).toEqual([[], 1, ['DEADLINE_EXCEEDED']]);
  });
});

describe('a call without a deadline', () => {
  it('gets one of 30 s', async () => {
    const { failures } = run(async () => new Promise<string>(() => undefined), { deadline: Infinity });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(failures).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(failures).toEqual([new CallExpired('DEADLINE_EXCEEDED')]);
  });
});

describe('a call that was cancelled', () => {
  it('is not begun', () => {
    const operation = vi.fn<() => string>();
    const { failures } = run(operation, { isCancelled: () => true });
    expect(operation).not.toHaveBeenCalled();
    expect(failures).toEqual([new CallExpired('CANCELLED')]);
    expect(ended).toEqual(['CANCELLED']);
  });
});

describe('a call in time', () => {
  it('is answered at once when its work needs no wait', () => {
    const { answers } = run(() => 'done', {});
    expect([answers, ended]).toEqual([['done'], ['OK']]);
  });
  it('is INTERNAL when its work throws what is no error of ours', async () => {
    const { failures } = run(async () => Promise.reject(new TypeError('a bug')), {});
    await vi.runAllTimersAsync();
    expect([failures, ended]).toEqual([[new TypeError('a bug')], ['INTERNAL']]);
  });
});

function run<T>(operation: (caller: Caller) => T | Promise<T>, call: Partial<Call>): { answers: T[]; failures: unknown[] } {
  const answers: T[] = [];
  const failures: unknown[] = [];
  passed.run({ method: 'Encrypt', deadline: Infinity, isCancelled: () => false, ...call }, operation, {
    answer: (value) => answers.push(value),
    fail: (error) => failures.push(error),
  });
  return { answers, failures };
}
