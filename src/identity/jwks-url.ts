import type { Clock } from '../clock.ts';
import { fetchText } from './fetch-text.ts';
import { type JwtKeys, type JwtKeySource, parseJwks } from './jwt-keys.ts';
import { type SourceReport, UnusableSource } from './source.ts';

export interface JwksUrlParts {
  readonly url: URL;
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly report: SourceReport;
  readonly bounds?: JwksUrlBounds;
}

export interface JwksUrlBounds {
  /** Keys of this age are fetched anew; meanwhile they go on being used. */
  readonly refreshMs: number;
  /** Between the beginnings of two fetches at least, whatever tokens say and however the fetch ended. */
  readonly cooldownMs: number;
  /** Keys of this age are used no more, when the issuer was out of reach for so long. */
  readonly maxAgeMs: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** A JWK Set at an address. Whoever asks while it is being fetched shares that fetch. */
export class JwksUrl implements JwtKeySource {
  readonly #parts: JwksUrlParts;
  readonly #bounds: JwksUrlBounds;
  #fetched: Fetched | undefined;
  #fetching: Promise<void> | undefined;
  /** When the last fetch began. */
  #triedAt = -Infinity;
  #problem: string | undefined;

  constructor(parts: JwksUrlParts) {
    this.#parts = parts;
    this.#bounds = parts.bounds ?? usualBounds;
  }

  current(): JwtKeys | undefined {
    const ageMs = this.#elapsed() - (this.#fetched?.at ?? -Infinity);
    if (ageMs >= this.#bounds.refreshMs) void this.#fetch();
    return ageMs < this.#bounds.maxAgeMs ? this.#fetched?.keys : undefined;
  }

  async newer(known: JwtKeys | undefined): Promise<JwtKeys | undefined> {
    if (this.current() === known) await this.#fetch();
    const keys = this.current();
    return keys === known ? undefined : keys;
  }

  /** Never fails: what is wrong is reported, and the keys stay what they were. */
  #fetch(): Promise<void> {
    if (this.#fetching !== undefined) return this.#fetching;
    if (this.#elapsed() - this.#triedAt < this.#bounds.cooldownMs) return Promise.resolve();
    this.#triedAt = this.#elapsed();
    this.#fetching = this.#load().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #load(): Promise<void> {
    const { url, report } = this.#parts;
    const before = this.#fetched?.text;
    const found = await this.#read(url);
    if (typeof found === 'string') {
      if (found !== this.#problem) report.broken(where(url), found);
      this.#problem = found;
      return;
    }
    this.#fetched = found;
    if (found.text !== before || this.#problem !== undefined) report.reloaded(where(url));
    this.#problem = undefined;
  }

  /** The keys, the same object if they are the same; or what is wrong with them. */
  async #read(url: URL): Promise<Fetched | string> {
    const at = this.#elapsed();
    try {
      const text = await fetchText(url, this.#bounds);
      const keys = text === this.#fetched?.text ? this.#fetched.keys : parseJwks(text);
      return { text, keys, at };
    } catch (error) {
      if (error instanceof UnusableSource) return error.message;
      throw error;
    }
  }

  #elapsed(): number {
    return this.#parts.clock.elapsed();
  }
}

/** Without what may be a secret. */
function where(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

interface Fetched {
  readonly text: string;
  readonly keys: JwtKeys;
  /** When the fetch began, in milliseconds of the clock. */
  readonly at: number;
}

const usualBounds: JwksUrlBounds = {
  refreshMs: 10 * 60_000,
  cooldownMs: 30_000,
  maxAgeMs: 24 * 3_600_000,
  timeoutMs: 5_000,
  maxBytes: 256 * 1024,
};
