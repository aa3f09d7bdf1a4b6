import { KmsError } from '../errors.ts';

/**
 * What a synchronous look into memory answers when the thing has to be read from the store first: load it, then begin the
 * whole operation again. So a decision about a key and the use of it are never torn apart by a wait.
 */
export class Missing {
  /** Throws what the caller is to be told when the thing does not exist or cannot be read. */
  readonly load: () => Promise<void>;

  constructor(load: () => Promise<void>) {
    this.load = load;
  }
}

/** Loads what is missing and looks again, until nothing is. `requireTime` is asked after each wait and may throw. */
export async function untilLoaded<T>(missing: Missing, look: () => T | Missing, requireTime: () => void): Promise<Awaited<T>> {
  let next = missing;
  for (let loads = 0; loads < maxLoads; loads++) {
    await next.load();
    requireTime();
    const found = look();
    if (!(found instanceof Missing)) return await found;
    next = found;
  }
  throw new KmsError('KEY_UNAVAILABLE', 'More keys are in use at once than memory holds; repeat the call.');
}

/**
 * An operation needs at most two aliases, two keys and two backing keys; the decision on it a token, a principal, a few grants,
 * and of each key its aliases and its grants. More loads mean that others push them out.
 */
const maxLoads = 40;
