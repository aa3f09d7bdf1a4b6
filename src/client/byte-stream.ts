import { Duplex } from 'node:stream';

/** Makes bytes of bytes: reads its source to the end, and throws what is wrong with it. */
export type ByteTransform = (source: AsyncIterable<Buffer>) => AsyncGenerator<Uint8Array, void>;

/**
 * A transform as a stream like those of node:zlib, for `pipe`, `pipeline` and `for await`. It holds one written piece, and what the
 * buffers of any stream hold, whatever flows through it; a piece is in use until its write was called back.
 */
export function byteStream(transform: ByteTransform): Duplex {
  const source = new WrittenPieces();
  const results = transform(source);
  return new Duplex({
    write: (piece: Buffer, _encoding, taken) => source.offer(piece, taken),
    // 'finish' comes when the transform has succeeded, not when it was handed the last piece: pipelines take it for the whole's success.
    final: (finished) => source.end(finished),
    read() {
      void advance(this, results, source);
    },
    destroy: (error, destroyed) => {
      source.fail(error ?? new Error('The stream was destroyed.'));
      void abandon(results);
      destroyed(error);
    },
  });
}

async function advance(stream: Duplex, results: AsyncGenerator<Uint8Array, void>, source: WrittenPieces): Promise<void> {
  try {
    const next = await results.next();
    stream.push(next.done === true ? null : next.value);
    if (next.done === true) source.finished();
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Lets the transform run its `finally`, as soon as it does not wait for anything any more. */
async function abandon(results: AsyncGenerator<Uint8Array, void>): Promise<void> {
  try {
    await results.return(undefined);
  } catch {
    // The stream is gone: nobody is left to hear of it.
  }
}

/** Hands pieces from a writer to a reader, one at a time: a write is over when the reader asks for the next piece. */
class WrittenPieces implements AsyncIterableIterator<Buffer, undefined> {
  #offered: { readonly piece: Buffer; readonly taken: () => void } | undefined;
  #reading: PromiseWithResolvers<IteratorResult<Buffer, undefined>> | undefined;
  #taken: (() => void) | undefined;
  #finished: (() => void) | undefined;
  #failure: Error | undefined;

  /** Only after the last one was taken, which is how streams write. */
  offer(piece: Buffer, taken: () => void): void {
    this.#offered = { piece, taken };
    this.#serve();
  }

  /** After the last piece; `finished` is called when the reader is done with them all. */
  end(finished: () => void): void {
    this.#finished = finished;
    this.#serve();
  }

  finished(): void {
    this.#finished?.();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#serve();
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    this.#reading = Promise.withResolvers();
    const { promise } = this.#reading;
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
    this.#serve();
    return promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #serve(): void {
    if (this.#reading === undefined) return;
    const { resolve, reject } = this.#reading;
    if (this.#failure !== undefined) reject(this.#failure);
    else if (this.#offered !== undefined) {
      this.#taken = this.#offered.taken;
      resolve({ done: false, value: this.#offered.piece });
      this.#offered = undefined;
    } else if (this.#finished !== undefined) resolve({ done: true, value: undefined });
    else return;
    this.#reading = undefined;
  }
}
