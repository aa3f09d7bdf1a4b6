import { isIP, isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';

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
    const forgivenAt = this.#forgivenAt.get(failureGroup(address)) ?? -Infinity;
    const waitMs = forgivenAt - this.#clock.elapsed() - (this.#bounds.burst - 1) * this.#forgivenInMs;
    return waitMs > 0 ? Math.ceil(waitMs) : undefined;
  }

  failed(address: string): void {
    const group = failureGroup(address);
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

/** What counts as one address: IPv4 as it is, also inside IPv6, and the first four groups of IPv6. Anything else, such as a Unix socket, is one too. */
export function failureGroup(address: string): string {
  if (!isIPv6(address)) return isIP(address) === 4 ? address : 'local';
  const groups = ipv6Groups(address);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return ipv4Text(groups[6] ?? 0, groups[7] ?? 0);
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}

/** The eight numbers of an address that is valid. */
function ipv6Groups(address: string): readonly number[] {
  const [withoutZone = ''] = address.split('%');
  const hexOnly = withoutZone.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = hexOnly.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number(`0x${group}`));
}

function ipv4Text(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

const usualBounds: FailureLimitBounds = { burst: 20, perSecond: 1, maxAddresses: 65_536 };
