import { KmsError } from '../errors.ts';
import { StoreConflict } from '../storage/store.ts';

/** A store that fails is an outage that the caller can wait for: KEY_UNAVAILABLE. Conflicts pass. */
export async function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof StoreConflict) throw cause;
    const message = 'The store cannot be reached. If this was a change, read whether it happened, then repeat the call.';
    throw new KmsError('KEY_UNAVAILABLE', message, { cause });
  }
}
