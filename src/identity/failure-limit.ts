import type { Clock } from '../clock.ts';
import { KmsError } from '../errors.ts';
import { addressGroup } from './address-group.ts';
import { isCallersFailure } from './unauthenticated.ts';

export interface FailureLimitBounds {
  /** Failures that an address may make at once. */
  readonly burst: number;
  /** How many of them are forgiven each second. */
  readonly perSecond: number;
  /** Addresses that are remembered; of more, the one whose last failure is the longest ago is forgiven. */
  readonly maxAddresses: number;
}

/** Work that finds out whether a caller is who they say. */
export interface Attempt {
  /** Asked when its turn has come: others may have found it out meanwhile. */
  readonly isNeeded: () => boolean;
  /** Rejects when it fails; whether that counts, `isCallersFailure` says. */
  readonly work: () => Promise<unknown>;
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
  readonly #attempts = new Map<string, Attempts>();

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

  /** Asked before what costs work: looking into the store, verifying a signature, fetching keys. Throws THROTTLED. */
  requireFew(address: string): void {
    const retryAfterMs = this.waitMs(address);
    if (retryAfterMs === undefined) return;
    throw new KmsError('THROTTLED', 'Too many calls from this address could not be authenticated; try again later.', {
      retryAfterMs,
    });
  }

  /**
   * Works, as often at once as the address may still fail: what is under way counts as failed until it has succeeded. Others wait for
   * their turn. Rejects as the work does, and with THROTTLED when the address has failed too often meanwhile.
   */
  async attempt(address: string, { isNeeded, work }: Attempt): Promise<void> {
    await this.#turn(address);
    try {
      if (!isNeeded()) return;
      this.requireFew(address);
      await work();
    } catch (error) {
      if (isCallersFailure(error)) this.failed(address);
      throw error;
    } finally {
      this.#endTurn(address);
    }
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

  async #turn(address: string): Promise<void> {
    const group = addressGroup(address);
    const attempts = this.#attempts.get(group) ?? { running: 0, waiting: [] };
    this.#attempts.set(group, attempts);
    if (attempts.running === 0 || attempts.running < this.#left(group)) {
      attempts.running += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    attempts.waiting.push(resolve);
    await promise;
  }

  /** Whoever waits has the place from here on, so that nobody else takes it first. */
  #endTurn(address: string): void {
    const group = addressGroup(address);
    const attempts = this.#attempts.get(group);
    if (attempts === undefined) return;
    attempts.running -= 1;
    while (attempts.waiting.length > 0 && (attempts.running === 0 || attempts.running < this.#left(group))) {
      attempts.running += 1;
      attempts.waiting.shift()?.();
    }
    if (attempts.running === 0) this.#attempts.delete(group);
  }

  /** How often a group may still fail. */
  #left(group: string): number {
    const owedMs = Math.max(0, (this.#forgivenAt.get(group) ?? -Infinity) - this.#clock.elapsed());
    return Math.floor(this.#bounds.burst - owedMs / this.#forgivenInMs);
  }

  /** One failure. */
  get #forgivenInMs(): number {
    return 1000 / this.#bounds.perSecond;
  }
}

/** Of one address. */
interface Attempts {
  running: number;
  readonly waiting: (() => void)[];
}

const usualBounds: FailureLimitBounds = { burst: 20, perSecond: 1, maxAddresses: 65_536 };
