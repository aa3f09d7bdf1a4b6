import type { Clock } from '../clock.ts';
import { addressGroup } from './address-group.ts';

export interface FailureLimitBounds {
  /** Failures that an address may make at once. */
  readonly burst: number;
  /** How many of them are forgiven each second. */
  readonly perSecond: number;
  /** Addresses that are remembered; of more, the one whose last failure is the longest ago is forgiven. */
  readonly maxAddresses: number;
}

/**
 * Counts failed authentications by address, so that whoever guesses or floods does not get work done for it. An IPv6 address counts
 * with its /64, which is one customer's. Only for what costs something: callers that are known already are to be let through before
 * this is asked, or a neighbour behind the same address could lock them out.
 */
export class FailureLimit {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #bounds: FailureLimitBounds;
  /** When all failures of an address are forgiven, in milliseconds of the clock; in the order of the last failure. */
  readonly #forgivenAt = new Map<string, number>();

  constructor(clock: Pick<Clock, 'elapsed'>, bounds: FailureLimitBounds = usualBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#forgivenAt.size;
  }

  /** How long this address has to wait, in milliseconds; undefined when it may try. */
  waitMs(address: string): number | undefined {
    const forgivenAt = this.#forgivenAt.get(addressGroup(address)) ?? -Infinity;
    const waitMs = forgivenAt - this.#clock.elapsed() - (this.#bounds.burst - 1) * this.#forgivenInMs;
    return waitMs > 0 ? Math.ceil(waitMs) : undefined;
  }

  failed(address: string): void {
    const group = addressGroup(address);
    const now = this.#clock.elapsed();
    const begun = Math.max(now, this.#forgivenAt.get(group) ?? now);
    this.#forgivenAt.delete(group);
    this.#forgivenAt.set(group, Math.min(begun, now + (this.#bounds.burst - 1) * this.#forgivenInMs) + this.#forgivenInMs);
    this.sweep();
  }

  /** Forgets what is forgiven, from the oldest on, and the oldest where there are too many. To be called now and then, too. */
  sweep(): void {
    for (const [group, forgivenAt] of this.#forgivenAt) {
      if (this.#forgivenAt.size <= this.#bounds.maxAddresses && forgivenAt > this.#clock.elapsed()) return;
      this.#forgivenAt.delete(group);
    }
  }

  /** One failure. */
  get #forgivenInMs(): number {
    return 1000 / this.#bounds.perSecond;
  }
}

const usualBounds: FailureLimitBounds = { burst: 20, perSecond: 1, maxAddresses: 65_536 };
