/** A map that keeps the entries that were used last, as many as weigh no more than `capacity`; the newest one always. */
export class BoundedMap<K, V> {
  readonly #capacity: number;
  readonly #weightOf: (value: V) => number;
  readonly #entries = new Map<K, V>();
  #weight = 0;

  /** Each entry weighs 1 unless `weightOf` says otherwise, which must say the same of a value every time. */
  constructor(capacity: number, weightOf: (value: V) => number = () => 1) {
    this.#capacity = capacity;
    this.#weightOf = weightOf;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    // A map keeps the order of insertion; only a map that may soon drop something needs to know what was used.
    if (value !== undefined && this.#weight * 2 > this.#capacity) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: K, value: V): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#weight += this.#weightOf(value);
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#capacity || oldest === key) return;
      this.delete(oldest);
    }
  }

  /** All values; entries may be deleted meanwhile. */
  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  delete(key: K): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#weightOf(value);
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }
}
