/**
 * Memory that messages take, kept within a limit. What is in memory already is counted with `take`; what is about to
 * come waits its turn with `request`, in the order of asking.
 */
export class InFlightBytes {
  readonly #options: InFlightOptions;
  #used = 0;
  readonly #waiting = new Set<Waiter>();

  constructor(options: InFlightOptions) {
    this.#options = options;
  }

  get used(): number {
    return this.#used;
  }

  get waiting(): number {
    return this.#waiting.size;
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
  request(bytes: number, { granted, refused }: { granted: () => void; refused: () => void }): () => void {
    if (this.#waiting.size === 0 && this.#fits(bytes)) {
      this.#used += bytes;
      granted();
      return nothing;
    }
    if (this.#waiting.size >= this.#options.maxWaiting) {
      refused();
      return nothing;
    }
    const waiter: Waiter = {
      bytes,
      granted,
      timer: setTimeout(() => {
        this.#withdraw(waiter);
        refused();
      }, this.#options.maxWaitMs),
    };
    this.#waiting.add(waiter);
    return () => this.#withdraw(waiter);
  }

  /** What is larger than the limit gets its turn when nothing else is in memory. */
  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#options.maxBytes;
  }

  #grant(): void {
    for (const waiter of this.#waiting) {
      if (!this.#fits(waiter.bytes)) return;
      this.#forget(waiter);
      this.#used += waiter.bytes;
      waiter.granted();
    }
  }

  /** Whoever waited behind a large one may fit now. */
  #withdraw(waiter: Waiter): void {
    if (!this.#waiting.has(waiter)) return;
    this.#forget(waiter);
    this.#grant();
  }

  #forget(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#waiting.delete(waiter);
  }
}

export interface InFlightOptions {
  readonly maxBytes: number;
  /** Requests that wait at once; the next is refused. */
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

interface Waiter {
  readonly bytes: number;
  readonly granted: () => void;
  readonly timer: NodeJS.Timeout;
}

function nothing(): void {}

/** A message is in memory twice, in the pieces that it came in and as a whole, and its answer likewise: as written and in its frame. */
export const memoryPerByte = 4;
