import { setImmediate } from 'node:timers/promises';
import type { ItemVerdicts } from '../crypto/item-verdicts.ts';
import { Missing } from '../keyring/missing.ts';
import { NotLoaded } from '../permission/call-facts.ts';

/**
 * The decisions about the items of one batch. When they take longer than a turn should, they are made in several, and count as long as
 * nothing has changed since the first of them: otherwise they are made again.
 */
export class ItemDecisions {
  readonly #counter: () => number;
  #made: { readonly counter: number; readonly verdicts: ItemVerdicts } | undefined;
  #attempts = 0;

  /** `counter` changes with everything that decisions rest on. */
  constructor(counter: () => number) {
    this.#counter = counter;
  }

  /** `Missing`: others have a turn first. `deciding` stops after each decision. `requireTime` may throw. */
  verdicts(
    deciding: Generator<undefined, ItemVerdicts, undefined> | undefined,
    requireTime: () => void,
  ): ItemVerdicts | Missing | undefined {
    if (deciding === undefined) return undefined;
    const counter = this.#counter();
    if (this.#made?.counter === counter) return this.#made.verdicts;
    this.#attempts += 1;
    // Where changes never stop, a batch is decided at last.
    const verdicts = decideFor(this.#attempts > maxAttempts ? Infinity : turnMs, deciding);
    return verdicts ?? new Missing(() => this.#decide(deciding, counter, requireTime).catch(loadMissing));
  }

  async #decide(deciding: Generator<undefined, ItemVerdicts, undefined>, counter: number, requireTime: () => void): Promise<void> {
    for (;;) {
      await setImmediate();
      requireTime();
      // Whoever looks again decides again.
      if (this.#counter() !== counter) return;
      const verdicts = decideFor(turnMs, deciding);
      if (verdicts === undefined) continue;
      this.#made = { counter, verdicts };
      return;
    }
  }
}

/** A policy may ask for something of one item alone that is not in memory. */
async function loadMissing(error: unknown): Promise<void> {
  if (!(error instanceof NotLoaded)) throw error;
  await error.missing.load();
}

/** `undefined` when time was up before the end. */
function decideFor(ms: number, deciding: Generator<undefined, ItemVerdicts, undefined>): ItemVerdicts | undefined {
  const begun = performance.now();
  do {
    const { done, value } = deciding.next();
    if (done) return value;
  } while (performance.now() - begun < ms);
  return undefined;
}

const turnMs = 1;
const maxAttempts = 3;
