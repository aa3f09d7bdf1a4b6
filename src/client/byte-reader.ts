/** A stream of bytes, taken in the portions that its reader needs instead of the pieces that it comes in. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** What is left of the current piece. */
  #piece: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = source[Symbol.asyncIterator]();
  }

  /** A copy of the next `length` bytes; of fewer only at the end of the stream. */
  async take(length: number): Promise<Buffer> {
    const taken = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length && (await this.#hasMore())) {
      const copied = this.#piece.copy(taken, filled);
      this.#piece = this.#piece.subarray(copied);
      filled += copied;
    }
    return taken.subarray(0, filled);
  }

  /**
   * As many whole units as are at hand, at least one and at most `greatest`; at the end of the stream what is left, which is
   * shorter than a unit. It may be the source's own memory: use it before taking more.
   */
  async takeUnits(unitBytes: number, greatest: number): Promise<Buffer> {
    if (!(await this.#hasMore())) return Buffer.alloc(0);
    const units = Math.min(Math.floor(this.#piece.length / unitBytes), greatest);
    if (units === 0) return this.take(unitBytes);
    const taken = this.#piece.subarray(0, units * unitBytes);
    this.#piece = this.#piece.subarray(taken.length);
    return taken;
  }

  /** Everything that is left, piece by piece as it comes. */
  async *rest(): AsyncGenerator<Buffer> {
    while (await this.#hasMore()) {
      const piece = this.#piece;
      this.#piece = Buffer.alloc(0);
      yield piece;
    }
  }

  async #hasMore(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const next = await this.#pieces.next();
      if (next.done === true) return false;
      this.#piece = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  }
}
