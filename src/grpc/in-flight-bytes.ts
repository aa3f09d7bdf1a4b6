/**
 * Memory that messages take, kept within a limit. What is in memory already is counted with `take`; what is about to
 * come waits its turn with `request`, in the order of asking.
 */
export class InFlightBytes {
  readonly #options: InFlightOptions;
  #used = 0;
  readonly #waiting = new Set<Waiter>();
  readonly #waitingForMore = new Set<Waiter>();

  constructor(options: InFlightOptions) {
    this.#options = options;
  }

  get used(): number {
    return this.#used;
  }

  get waiting(): number {
    return this.#waiting.size + this.#waitingForMore.size;
  }

  /** Counts bytes that cannot wait any more; what asks later waits for it. */
  take(bytes: number): void {
    this.#used += bytes;
  }

  /** Gives back what was taken or granted. */
  release(bytes: number): void {
    this.#used -= bytes;
    this.#grant();
  }

  /**
   * Asks for bytes that are not in memory yet. Calls `granted` once they are counted, which may be before this returns; or
   * `refused`, when too many wait already or it took too long. Answers how to withdraw, which does nothing after either.
   */
  request(bytes: number, { granted, refused }: Answers): () => void {
    return this.#request(this.#waiting, { bytes, granted, refused });
  }

  /** The same for who holds memory that is only given back afterwards: it goes before the others, who would wait for it. */
  requestMore(bytes: number, { granted, refused }: Answers): () => void {
    return this.#request(this.#waitingForMore, { bytes, granted, refused });
  }

  #request(queue: Set<Waiter>, { bytes, granted, refused }: Answers & { bytes: number }): () => void {
    const isNext = this.#waitingForMore.size === 0 && (queue === this.#waitingForMore || queue.size === 0);
    if (isNext && this.#fits(bytes)) {
      this.#used += bytes;
      granted();
      return nothing;
    }
    if (queue.size >= this.#options.maxWaiting) {
      refused();
      return nothing;
    }
    const withdraw = (): void => {
      if (queue.has(waiter)) this.#withdraw(queue, waiter);
    };
    const timer = setTimeout(() => {
      withdraw();
      refused();
    }, this.#options.maxWaitMs);
    const waiter: Waiter = { bytes, granted, timer };
    queue.add(waiter);
    return withdraw;
  }

  /** What is larger than the limit gets its turn when nothing else is in memory. */
  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#options.maxBytes;
  }

  #grant(): void {
    for (const queue of [this.#waitingForMore, this.#waiting]) {
      for (const waiter of queue) {
        if (!this.#fits(waiter.bytes)) return;
        clearTimeout(waiter.timer);
        queue.delete(waiter);
        this.#used += waiter.bytes;
        waiter.granted();
      }
    }
  }

  /** Whoever waited behind a large one may fit now. */
  #withdraw(queue: Set<Waiter>, waiter: Waiter): void {
    clearTimeout(waiter.timer);
    queue.delete(waiter);
    this.#grant();
  }
}

export interface InFlightOptions {
  readonly maxBytes: number;
  /** Requests of a kind that wait at once; the next is refused. */
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

interface Answers {
  readonly granted: () => void;
  readonly refused: () => void;
}

interface Waiter {
  readonly bytes: number;
  readonly granted: () => void;
  readonly timer: NodeJS.Timeout;
}

function nothing(): void {}

/** Messages up to this size are bounded by the number of streams alone, and not worth to be freed at once. */
export const smallMessageBytes = 64 * 1024;
/** How often a message is in memory: as a whole, and in the chunks that it came in, until the garbage collector comes by. */
export const formsOfMessage = 2;
/** Once, as it was written: it leaves from there. */
export const formsOfReply = 1;
/** Of a message, with an answer of the same size. */
export const memoryPerByte = formsOfMessage + formsOfReply;
