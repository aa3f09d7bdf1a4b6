import { smallMessageBytes } from './in-flight-bytes.ts';
import { MessageFraming } from './message-framing.ts';

/** Puts messages together from the chunks of a stream of gRPC. */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #framing = new MessageFraming();
  /** Of the message that has come in part. */
  #pieces: Buffer[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** No message has come in part. */
  get isBetween(): boolean {
    return this.#framing.isBetween;
  }

  /**
   * Hands over each message that ends in the chunk: a small one as part of its memory, one that is large or came in several pieces in
   * memory of its own.
   * Answers false for a message that is too long, after which there is nothing to read.
   */
  read(chunk: Buffer, take: (message: Buffer) => void): boolean {
    const framing = this.#framing;
    for (let at = 0; at < chunk.length;) {
      const start = at;
      const wasWithin = framing.missing > 0;
      at = framing.advance(chunk, at);
      if (framing.length > this.#maxBytes) return false;
      if (wasWithin) this.#pieces.push(chunk.subarray(start, at));
      if (framing.isBetween) take(this.#whole());
    }
    return true;
  }

  #whole(): Buffer {
    const pieces = this.#pieces;
    this.#pieces = [];
    const [first] = pieces;
    const isSmall = pieces.length === 1 && first !== undefined && first.length <= smallMessageBytes;
    return isSmall ? first : Buffer.concat(pieces);
  }
}
