/** Values that are fetched once for all who ask for them, and forgotten when they are too old or too many. */
export class ExpiringMap<Value> {
  readonly #bounds: { readonly maxAgeMs: number; readonly maxEntries: number };
  /** From the least to the most recently used. */
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(bounds: { readonly maxAgeMs: number; readonly maxEntries: number }) {
    this.#bounds = bounds;
  }

  /** The value of this name: the one that is there, or is being fetched, or else what `fetch` answers. A failure is not kept. */
  shared(name: string, fetch: () => Promise<Value>): Promise<Value> {
    const found = this.#entries.get(name);
    if (found !== undefined && performance.now() < found.expiresAt) {
      this.#entries.delete(name);
      this.#entries.set(name, found);
      return found.value;
    }
    return this.#add(name, fetch);
  }

  /** Forgets this value, and not one that took its place meanwhile. */
  delete(name: string, value: Value): void {
    const entry = this.#entries.get(name);
    if (entry?.fetched === value) this.#forget(name, entry);
  }

  clear(): void {
    for (const [name, entry] of this.#entries) this.#forget(name, entry);
  }

  #add(name: string, fetch: () => Promise<Value>): Promise<Value> {
    const { maxAgeMs, maxEntries } = this.#bounds;
    // The timer frees memory in time; a busy process runs it late, so age is looked at as well.
    const timer = setTimeout(() => this.#forget(name, entry), maxAgeMs);
    timer.unref();
    const entry: Entry<Value> = { value: fetch(), fetched: undefined, expiresAt: performance.now() + maxAgeMs, timer };
    this.#replace(name, entry);
    for (const [oldest, old] of this.#entries) {
      if (this.#entries.size <= maxEntries) break;
      this.#forget(oldest, old);
    }
    void this.#settle(name, entry);
    return entry.value;
  }

  async #settle(name: string, entry: Entry<Value>): Promise<void> {
    try {
      entry.fetched = await entry.value;
    } catch {
      // Those who wait for the value hear of it.
      this.#forget(name, entry);
    }
  }

  #replace(name: string, entry: Entry<Value>): void {
    const old = this.#entries.get(name);
    if (old !== undefined) this.#forget(name, old);
    this.#entries.set(name, entry);
  }

  #forget(name: string, entry: Entry<Value>): void {
    clearTimeout(entry.timer);
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
  }
}

interface Entry<Value> {
  readonly value: Promise<Value>;
  /** Undefined until it is there. */
  fetched: Value | undefined;
  /** Counted from the beginning of the fetch. */
  readonly expiresAt: number;
  readonly timer: NodeJS.Timeout;
}
