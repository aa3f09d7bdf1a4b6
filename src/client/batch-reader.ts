/** What is taken one item after another. */
export type Items<Item> = Iterable<Item> | AsyncIterable<Item>;

export interface BatchReaderOptions<Raw, Item> {
  /** What is made of each item as it comes. Throws for one that makes no sense. */
  readonly parse: (raw: Raw) => Item;
  /** Whether a batch may be so large; a batch of one item is made in any case. */
  readonly fits: (items: number, bytes: number) => boolean;
  readonly bytesOf: (item: Item) => number;
  /** Called when there may be something to take, also after the end and after a failure of the source. */
  readonly onChange: () => void;
}

/**
 * Reads items and puts them together in batches, one batch ahead of whoever takes them and no further. A batch is due when nothing
 * more fits, when the source ends, or when the source is slow and the first item has waited 10 ms.
 */
export class BatchReader<Raw, Item> {
  readonly #source: Iterator<Raw> | AsyncIterator<Raw>;
  readonly #options: BatchReaderOptions<Raw, Item>;
  #batch: Item[] = [];
  #batchBytes = 0;
  /** Was read when the batch was full. */
  #next: { readonly item: Item; readonly bytes: number } | undefined;
  #isReading = false;
  #isDue = false;
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #lingering: NodeJS.Timeout | undefined;

  constructor(source: Items<Raw>, options: BatchReaderOptions<Raw, Item>) {
    this.#source = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#options = options;
  }

  /** Nothing is left to take, and nothing will come. */
  get isOver(): boolean {
    return this.#hasEnded && this.#batch.length === 0;
  }

  /** Throws what the source failed with, if it did. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** The batch that is due, if one is. */
  take(): Item[] | undefined {
    if (!this.#isDue || this.#batch.length === 0) return undefined;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#isDue = this.#hasEnded;
    clearTimeout(this.#lingering);
    return batch;
  }

  /** Reads on, unless it does, or a batch is due. */
  read(): void {
    if (this.#isReading || this.#isDue || this.#hasEnded) return;
    this.#isReading = true;
    this.#fill().catch((error: unknown) => {
      this.#failure = { error };
      this.#end();
    });
  }

  /** Lets the source clean up. One that is just being read may never come to that, so it is not waited for. */
  async close(): Promise<void> {
    clearTimeout(this.#lingering);
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const closed = Promise.resolve(this.#source.return?.());
    if (this.#isReading) closed.catch(() => {});
    else await closed;
  }

  async #fill(): Promise<void> {
    if (this.#next !== undefined) this.#add(this.#next);
    this.#next = undefined;
    for (;;) {
      const step = this.#source.next();
      // A wait for what is there already would be a large part of an item's cost.
      const result: IteratorResult<Raw, unknown> = 'then' in step ? await step : step;
      if (this.#hasEnded) return;
      if (result.done === true) {
        this.#end();
        return;
      }
      const item = this.#options.parse(result.value);
      const next = { item, bytes: this.#options.bytesOf(item) };
      if (this.#batch.length > 0 && !this.#options.fits(this.#batch.length + 1, this.#batchBytes + next.bytes)) {
        this.#next = next;
        this.#isReading = false;
        this.#due();
        return;
      }
      this.#add(next);
    }
  }

  #add({ item, bytes }: { readonly item: Item; readonly bytes: number }): void {
    this.#batch.push(item);
    this.#batchBytes += bytes;
    if (this.#batch.length === 1) this.#lingering = setTimeout(() => this.#due(), lingerMs);
  }

  #end(): void {
    this.#isReading = false;
    this.#hasEnded = true;
    this.#due();
  }

  #due(): void {
    clearTimeout(this.#lingering);
    this.#isDue = true;
    this.#options.onChange();
  }
}

const lingerMs = 10;
