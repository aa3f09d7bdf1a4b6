/** Where time comes from: passed in, so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. May jump. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
