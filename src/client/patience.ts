import { LatchkeyError } from './latchkey-error.ts';

/** How long somebody waits. */
export interface Patience {
  /** In milliseconds of `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits for `promise` as long as patience lasts; then calls `giveUp` and throws DEADLINE_EXCEEDED or the signal's reason. What
 * `promise` does later is nobody's business.
 */
export async function patiently<Answer>(
  promise: Promise<Answer>,
  { deadline, signal }: Patience,
  giveUp: () => void = () => {},
): Promise<Answer> {
  const { promise: impatience, reject } = Promise.withResolvers<never>();
  const expire = (): void => reject(deadlineExceeded());
  const abort = (): void => reject(reasonOf(signal));
  const timer = setTimeout(expire, Math.max(0, deadline - performance.now()));
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  impatience.catch(giveUp);
  try {
    return await Promise.race([promise, impatience]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    // Nobody listens to it any more when patience ended first.
    promise.catch(() => {});
  }
}

function deadlineExceeded(): LatchkeyError {
  return new LatchkeyError('There was no answer in time.', { reason: undefined, code: 'DEADLINE_EXCEEDED' });
}

/** An abort's reason may be any value; what is thrown is an error. */
function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('It was aborted.', { cause: reason });
}
