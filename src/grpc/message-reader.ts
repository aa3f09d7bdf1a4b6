import { smallMessageBytes } from './in-flight-bytes.ts';
import { MessageFraming } from './message-framing.ts';

/**
 * Puts messages together from the chunks of a stream of gRPC. What has come of one is copied to where the whole will be: a chunk
 * may be of one byte, and whoever kept chunks would keep a hundred times as much as was sent.
 */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #framing = new MessageFraming();
  /** The message that is coming, or has come. */
  #message: Buffer | undefined;
  #filled = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** No message has come in part. */
  get isBetween(): boolean {
    return this.#framing.isBetween;
  }

  /**
   * Hands over each message that ends in the chunk: a small one that stands in it as part of its memory, others in memory of their
   * own. Answers false for a message that is too long, after which there is nothing to read.
   */
  read(chunk: Buffer, take: (message: Buffer) => void): boolean {
    const framing = this.#framing;
    for (let at = 0; at < chunk.length;) {
      const start = at;
      const isWithin = framing.missing > 0;
      at = framing.advance(chunk, at);
      if (framing.length > this.#maxBytes) return false;
      if (isWithin) this.#add(chunk.subarray(start, at));
      if (framing.isBetween) take(this.#whole());
    }
    return true;
  }

  #add(piece: Buffer): void {
    const { length } = this.#framing;
    if (piece.length === length && length <= smallMessageBytes) {
      this.#message = piece;
      return;
    }
    this.#message ??= Buffer.allocUnsafeSlow(length);
    this.#filled += piece.copy(this.#message, this.#filled);
  }

  #whole(): Buffer {
    const message = this.#message ?? Buffer.alloc(0);
    this.#message = undefined;
    this.#filled = 0;
    return message;
  }
}
