import type { Clock } from '../clock.ts';
import { type ServiceTime, lookedAt, timeAtFirstStart } from '../keys/service-time.ts';
import type { Keyring } from './keyring.ts';

/** The clock of the service: what the machine's says, and a time that never goes back, also across restarts. */
export class ServiceClock {
  readonly #clock: Clock;
  #steady: number;
  #steadyAt: number;
  #lookedAt: number;
  /** The latest that anybody was told since the time was kept: dates may be counted from it. */
  #latestTold = 0;

  /** `highWater` is the latest time that an earlier start has kept. */
  constructor(clock: Clock, highWater: number) {
    this.#clock = clock;
    this.#steady = highWater;
    this.#steadyAt = clock.elapsed();
    this.#lookedAt = this.#steadyAt;
  }

  /** Milliseconds since 1970, as the machine says. May jump: for dates, and for what a set-back clock may take back. */
  now(): number {
    const now = this.#clock.now();
    this.#latestTold = Math.max(this.#latestTold, now);
    return now;
  }

  /** The latest time that there ever was: for what has expired once and must stay so. */
  steadyNow(): number {
    const elapsed = this.#clock.elapsed();
    this.#steady = Math.max(this.#steady + elapsed - this.#steadyAt, this.#clock.now());
    this.#steadyAt = elapsed;
    return this.#steady;
  }

  /**
   * Keeps the time in the store and answers it. `upTo`: it is known anew from how late a time dates of keys may be counted.
   * Throws KEY_UNAVAILABLE.
   */
  async keep(keyring: Pick<Keyring, 'change'>, upTo?: number): Promise<ServiceTime> {
    const now = this.#clock.now();
    const elapsed = this.#clock.elapsed();
    const told = this.#latestTold;
    const kept = await keyring.change(async (reading) => {
      const before = (await reading.serviceTime()) ?? timeAtFirstStart(now);
      this.#steady = Math.max(this.steadyNow(), before.highWater);
      const looked = lookedAt(before, now, elapsed - this.#lookedAt);
      const countedUpTo = Math.max(upTo ?? looked.countedUpTo, this.#latestTold);
      const after = { ...looked, countedUpTo, highWater: Math.floor(this.steadyNow()), runningMs: Math.floor(looked.runningMs) };
      // By a time that is in the store already: one that a crash takes back must not let a token be used a second time.
      return { change: { serviceTime: after, forgetTokensExpiredAt: before.highWater }, answer: after };
    });
    this.#lookedAt = elapsed;
    if (this.#latestTold === told) this.#latestTold = now;
    return kept;
  }
}

/** A clock that goes on where the store's last keeping left it. */
export async function openServiceClock(clock: Clock, keyring: Pick<Keyring, 'change'>): Promise<ServiceClock> {
  const service = new ServiceClock(clock, 0);
  // What an instance that was killed has counted from is not known: the first look is at all keys.
  await service.keep(keyring, Number.MAX_SAFE_INTEGER);
  return service;
}
