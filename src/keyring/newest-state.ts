import { KmsError } from '../errors.ts';
import { type Snapshot, StoreConflict } from '../storage/store.ts';

/**
 * The newest committed state of the store that memory has seen. What is read is taken in only if it is at least as new: what was
 * read before a change cannot undo what the change did to memory.
 */
export class NewestState {
  #counter = 0;
  /** Changes of which it is not known whether they were made. */
  #unknownOutcomes = 0;
  #revision = 0;

  /** Grows whenever what memory answers may become another answer: what was decided on it at this number stays right as long as it is the same. */
  get revision(): number {
    return this.#revision;
  }

  /** A change was made. Answers whether the store says so later than it did of a later change: then memory may know more than this change. */
  committed(counter: number): boolean {
    const isLate = counter < this.#counter;
    this.#counter = Math.max(this.#counter, counter);
    this.#revision += 1;
    return isLate;
  }

  /** A change was perhaps made: memory has been cleared, and nothing that was read before this is taken in. */
  outcomeUnknown(): void {
    this.#unknownOutcomes += 1;
    this.#revision += 1;
  }

  /**
   * Reads until what was read is of one state, and of one that is new enough, then takes it in, in one step. Throws what `read`
   * throws, but for `StoreConflict`, and KEY_UNAVAILABLE.
   */
  async load<T>(read: () => Promise<Snapshot<T>>, take: (value: T) => void): Promise<void> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const unknownOutcomes = this.#unknownOutcomes;
      const snapshot = await orConflict(read());
      if (snapshot === conflict || snapshot.counter < this.#counter || unknownOutcomes !== this.#unknownOutcomes) continue;
      if (snapshot.counter > this.#counter) this.#revision += 1;
      this.#counter = snapshot.counter;
      take(snapshot.value);
      return;
    }
    throw new KmsError('KEY_UNAVAILABLE', 'The store does not answer from one state as new as those that it has confirmed.', {
      cause: new Error(`Memory has seen state ${this.#counter} of the store.`),
    });
  }
}

async function orConflict<T>(read: Promise<T>): Promise<T | typeof conflict> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof StoreConflict) return conflict;
    throw error;
  }
}

const conflict = Symbol('the store moved on between two reads');
/** Changes are serial; with this many lost races in a row something is wrong. */
export const maxAttempts = 100;
