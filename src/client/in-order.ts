import { BatchReader, type BatchReaderOptions, type Items } from './batch-reader.ts';

export interface InOrderOptions<Raw, Item, Result> extends Omit<BatchReaderOptions<Raw, Item>, 'onChange'> {
  /** Results in the order of the items. */
  readonly answer: (batch: readonly Item[], stop: AbortSignal) => Promise<readonly Result[]>;
  /** How many batches are read and not yet taken by the caller, beside the one that is being read. */
  readonly maxBatches: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Answers items in batches, several at once, and yields the results in the items' order. Begins when the first result is asked for,
 * and works no further ahead than `maxBatches`. Throws what reading or answering failed with, after the results that come before
 * it; the signal's reason at once.
 */
export async function* inOrder<Raw, Item, Result>(
  source: Items<Raw>,
  begin: () => Promise<InOrderOptions<Raw, Item, Result>>,
): AsyncGenerator<Result, void, undefined> {
  const { answer, maxBatches, signal, ...reading } = await begin();
  const change = new Change();
  const reader = new BatchReader(source, { ...reading, onChange: change.happened });
  const underWay: Answer<Result>[] = [];
  const stopping = new AbortController();
  const stop = signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]);
  signal?.addEventListener('abort', change.happened);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const batch = underWay.length < maxBatches ? reader.take() : undefined;
      if (batch !== undefined) underWay.push(begun(answer(batch, stop), change.happened));
      reader.read();

      const [first] = underWay;
      if (first === undefined && reader.isOver) return reader.throwFailure();
      if (first?.failure !== undefined) throw first.failure.error;
      if (first?.results === undefined) {
        await change.next();
        continue;
      }
      underWay.shift();
      for (const result of first.results) yield result;
    }
  } finally {
    signal?.removeEventListener('abort', change.happened);
    stopping.abort();
    await reader.close();
  }
}

/** What has become of a batch. */
interface Answer<Result> {
  results?: readonly Result[];
  failure?: { readonly error: unknown };
}

function begun<Result>(results: Promise<readonly Result[]>, onChange: () => void): Answer<Result> {
  const answer: Answer<Result> = {};
  void settle(results, answer).then(onChange);
  return answer;
}

async function settle<Result>(results: Promise<readonly Result[]>, answer: Answer<Result>): Promise<void> {
  try {
    answer.results = await results;
  } catch (error) {
    answer.failure = { error };
  }
}

/** Wakes one who waits for anything to happen. What happened before the wait counts. */
class Change {
  #hasHappened = false;
  #waiting: (() => void) | undefined;

  readonly happened = (): void => {
    this.#hasHappened = true;
    this.#waiting?.();
  };

  async next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = resolve;
    if (!this.#hasHappened) await promise;
    this.#hasHappened = false;
  }
}
