import { KmsError } from '../../errors.ts';

/**
 * Bounds how fast principals are made of those who come for the first time, of each source: an issuer, or all certificates. What a
 * server has of names is used up for ever, so that a source which anybody gets a token from must not use it up within hours. There are
 * as many sources as the configuration names.
 */
export class NewcomerLimit {
  readonly #now: () => number;
  /** When the full burst is free again, in milliseconds of the clock. */
  readonly #freeAt = new Map<string, number>();

  /** `now`: milliseconds, of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one more. Throws THROTTLED. */
  take(source: string): void {
    const now = this.#now();
    const freeAt = Math.max(now, this.#freeAt.get(source) ?? now) + everyMs;
    const waitMs = freeAt - now - burst * everyMs;
    if (waitMs > 0) throw tooMany(source, Math.ceil(waitMs));
    this.#freeAt.set(source, freeAt);
  }
}

function tooMany(source: string, retryAfterMs: number): KmsError {
  const why = `Too many callers come to ${source} for the first time; try again later, or have an administrator make the principal.`;
  return new KmsError('THROTTLED', why, { retryAfterMs });
}

/** Who may come for the first time at once. */
const burst = 256;
/** After how long another one may. */
const everyMs = 10_000;
