/**
 * What the service remembers of time, over all of its starts. Times are milliseconds since 1970, durations milliseconds.
 *
 * The clock may jump. `highWater` keeps a jump back from reviving what has expired. `runningMs` counts how long the service
 * has run, whatever the clock said, so that one bad clock cannot make a waiting period pass.
 */
export interface ServiceTime {
  /** The latest time that was ever looked at; it goes on while the service runs. */
  readonly highWater: number;
  readonly runningMs: number;
  /** What the clock said at the last look. */
  readonly lookedAt: number;
  /** The latest time that dates of keys may be counted from. Later than the clock after it was set back, until all keys were looked at. */
  readonly countedUpTo: number;
}

export const timeAtFirstStart = (now: number): ServiceTime => ({ highWater: now, runningMs: 0, lookedAt: now, countedUpTo: now });

/**
 * The time after a look at the clock, `elapsedMs` after this process looked before. Instances over one store look by turns: what
 * passed since any of them looked counts once.
 */
export function lookedAt(time: ServiceTime, now: number, elapsedMs: number): ServiceTime {
  const sinceLook = Math.max(0, now - time.lookedAt);
  return {
    highWater: Math.max(time.highWater, now),
    runningMs: time.runningMs + Math.min(elapsedMs, sinceLook),
    lookedAt: now,
    countedUpTo: Math.max(time.countedUpTo, now),
  };
}
