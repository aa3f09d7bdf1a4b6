/**
 * Where in its messages a stream of gRPC is. Each begins with a prefix of five bytes: a zero, or a one when it is compressed,
 * and its length, big-endian.
 */
export class MessageFraming {
  #prefixBytes = 0;
  #isCompressed = false;
  #length = 0;
  #missing = 0;

  /** Of the message that the stream is in, as far as its prefix has come. */
  get isCompressed(): boolean {
    return this.#isCompressed;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of the message that have not come. */
  get missing(): number {
    return this.#missing;
  }

  /** The last message has come whole, or none has begun. */
  get isBetween(): boolean {
    return this.#prefixBytes === 0 && this.#missing === 0;
  }

  /** Goes on to the end of the prefix, of the message or of the chunk, whichever comes first, and answers where that is. */
  advance(chunk: Uint8Array, start: number): number {
    if (this.#missing === 0) return this.#advancePrefix(chunk, start);
    const taken = Math.min(this.#missing, chunk.length - start);
    this.#missing -= taken;
    return start + taken;
  }

  #advancePrefix(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#prefixBytes === 0) this.#isCompressed = byte !== 0;
      this.#length = this.#prefixBytes === 0 ? 0 : this.#length * 256 + byte;
      this.#prefixBytes += 1;
      if (this.#prefixBytes < prefixBytes) continue;
      this.#prefixBytes = 0;
      this.#missing = this.#length;
      return at + 1;
    }
    return chunk.length;
  }
}

/** Of every message: whether it is compressed, and its length. */
export const prefixBytes = 5;
