import type { Timings } from './timings.ts';

/** Durations from the least to the greatest, in microseconds. */
export function sorted(durations: readonly number[]): Float64Array {
  return Float64Array.from(durations).sort();
}

/** The least duration that `share` (over 0, up to 1) of all do not exceed; undefined when there are too few to say. */
export function percentile(durations: Float64Array, share: number): number | undefined {
  // Of 99 durations the greatest is not their p99.9, it only happens to be the last.
  if (share < 1 && durations.length * (1 - share) < 1 - rounding) return undefined;
  return durations[Math.ceil(durations.length * share - rounding) - 1];
}

/** How many durations lie in each of equal steps of their logarithm, `perDecade` to a power of ten. */
export function histogram(durations: Float64Array, perDecade: number): readonly Bucket[] {
  const counts = new Map<number, number>();
  for (const duration of durations) {
    const step = Math.floor(Math.log10(Math.max(duration, 1)) * perDecade);
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([step, count]) => ({ from: 10 ** (step / perDecade), to: 10 ** ((step + 1) / perDecade), count }));
}

export interface Bucket {
  /** Microseconds, inclusive. */
  readonly from: number;
  /** Microseconds, exclusive. */
  readonly to: number;
  readonly count: number;
}

/** The run in intervals, by when requests ended. Only whole intervals: the last one that was cut short is left out. */
export function overTime({ startedAt, took }: Timings, durationSeconds: number): readonly Interval[] {
  const seconds = intervalLength(took.length, durationSeconds);
  const begin = startedAt.reduce((least, at) => Math.min(least, at), Infinity);
  const lists = Array.from({ length: Math.floor(durationSeconds / seconds + rounding) }, (): number[] => []);
  for (const [index, start] of startedAt.entries()) {
    const duration = took[index] ?? 0;
    lists[Math.floor((start + duration - begin) / (seconds * 1e6))]?.push(duration);
  }
  return lists.map((list, index) => {
    const durations = sorted(list);
    return {
      endsAt: (index + 1) * seconds,
      perSecond: list.length / seconds,
      p50: percentile(durations, 0.5),
      p99: percentile(durations, 0.99),
      most: durations.at(-1),
    };
  });
}

/** As short as is readable, and has enough requests to say something. */
function intervalLength(requests: number, durationSeconds: number): number {
  const isLongEnough = (seconds: number): boolean =>
    durationSeconds / seconds <= mostIntervals && (requests * seconds) / durationSeconds >= leastInInterval;
  return intervalSeconds.find(isLongEnough) ?? durationSeconds;
}

/** Latencies in microseconds; undefined where too few requests ended. */
export interface Interval {
  /** Seconds since the first request. */
  readonly endsAt: number;
  readonly perSecond: number;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly most: number | undefined;
}

/** So that 1000 × (1 - 0.999) is 1. */
const rounding = 1e-9;
const mostIntervals = 50;
const leastInInterval = 20;
const intervalSeconds = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
