import { LatchkeyError } from './latchkey-error.ts';

/**
 * How long to wait before what failed is tried again, in milliseconds; undefined when it is not. Only for what may be done twice.
 * `attempts` have been made. Waits double, differ by chance so that clients do not come back together, and last at least as long as
 * the server asked for.
 */
export function retryDelayMs(error: unknown, attempts: number, random: () => number = Math.random): number | undefined {
  if (attempts >= maxAttempts || !(error instanceof LatchkeyError)) return undefined;
  if (!error.retryable || error.code === 'DEADLINE_EXCEEDED') return undefined;
  return Math.max(error.retryAfterMs ?? 0, backoffMs(attempts, random));
}

/** Between half and all of 100 ms, 200 ms, 400 ms and so on. */
export function backoffMs(attempts: number, random: () => number = Math.random): number {
  return Math.min(longestMs, firstMs * 2 ** (attempts - 1)) * (0.5 + random() / 2);
}

/** About 20 seconds in all, with the waits between them: a server may restart meanwhile. */
export const maxAttempts = 10;
const firstMs = 100;
const longestMs = 5_000;
