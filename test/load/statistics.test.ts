import { describe, expect, it } from 'vitest';
import { histogram, overTime, percentile, sorted } from '../../load/statistics.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => count - index);

describe('percentile', () => {
  it('is the least duration that the share does not exceed', () => {
    const durations = sorted(upTo(1000));
    expect([0.5, 0.9, 0.99, 0.999, 1].map((share) => percentile(durations, share))).toEqual([500, 900, 990, 999, 1000]);
    expect(percentile(sorted([3, 1, 2]), 0.5)).toBe(2);
  });

  it('is unknown where too few were measured', () => {
    expect(percentile(sorted(upTo(999)), 0.999)).toBeUndefined();
    expect(percentile(sorted(upTo(99)), 0.99)).toBeUndefined();
    expect(percentile(sorted(upTo(100)), 0.99)).toBe(99);
    expect(percentile(sorted([]), 0.5)).toBeUndefined();
    expect(percentile(sorted([]), 1)).toBeUndefined();
  });
});

describe('histogram', () => {
  it('counts in equal steps of the logarithm', () => {
    expect(histogram(sorted([0, 1, 9, 10, 99, 1000]), 1)).toEqual([
      { from: 1, to: 10, count: 3 },
      { from: 10, to: 100, count: 2 },
      { from: 1000, to: 10_000, count: 1 },
    ]);
  });

  it('counts everything once', () => {
    const buckets = histogram(sorted(upTo(5000)), 20);
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
    expect(buckets.every(({ from, to }) => from < to)).toBe(true);
  });
});

describe('overTime', () => {
  it('counts requests where they ended', () => {
    // One a millisecond from some moment on; the last hundred took 2 s, and ended after the run.
    const startedAt = Array.from({ length: 1000 }, (_, index) => 1_700_000_000_000_000 + index * 1000);
    const took = startedAt.map((_, index) => (index < 900 ? 500 : 2_000_000));
    const intervals = overTime({ startedAt, took }, 1);
    expect(intervals).toHaveLength(20);
    expect(intervals[0]).toEqual({ endsAt: 0.05, perSecond: 1000, p50: 500, p99: undefined, most: 500 });
    expect(intervals.map(({ perSecond }) => perSecond)).toEqual([...Array<number>(18).fill(1000), 0, 0]);
    expect(intervals.at(-1)).toEqual({ endsAt: 1, perSecond: 0, p50: undefined, p99: undefined, most: undefined });
  });

  it('has few intervals of a long run, and one where there was next to nothing', () => {
    const startedAt = Array.from({ length: 30_000 }, (_, index) => index * 10_000);
    expect(overTime({ startedAt, took: startedAt.map(() => 1) }, 300)).toHaveLength(30);
    expect(overTime({ startedAt: [5, 6], took: [1, 1] }, 10)).toEqual([
      { endsAt: 10, perSecond: 0.2, p50: 1, p99: undefined, most: 1 },
    ]);
  });
});
