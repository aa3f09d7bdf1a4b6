import type { Clock } from '../../src/clock.ts';

/** A clock that moves only when it is told to. */
export class ManualClock implements Clock {
  #now: number;
  #elapsed = 0;

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  /** Time passes. */
  advance(ms: number): void {
    this.#now += ms;
    this.#elapsed += ms;
  }

  /** The clock is set, forward or back, while no time passes. */
  jump(ms: number): void {
    this.#now += ms;
  }
}
