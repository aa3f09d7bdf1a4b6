import { setImmediate } from 'node:timers/promises';

/** Work in turns of the event loop of about a millisecond, since neither decisions nor the store wait for anything. */
export class Turns {
  #begun = performance.now();

  /** Lets others have a turn, once this one is over. */
  async next(): Promise<void> {
    if (performance.now() - this.#begun < turnMs) return;
    await setImmediate();
    this.#begun = performance.now();
  }
}

const turnMs = 1;
