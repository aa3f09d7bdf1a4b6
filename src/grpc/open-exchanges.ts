import type { Http2Session } from 'node:http2';
import { KmsError } from '../errors.ts';
import type { DirectCall } from './direct-call.ts';
import type { ExchangeRegister, ExchangeStream } from './exchange.ts';

/** The streams of Exchange that are open, by the connection that they are on. */
export class OpenExchanges implements ExchangeRegister {
  readonly #streams = new Map<ExchangeStream, Http2Session | undefined>();

  get size(): number {
    return this.#streams.size;
  }

  /** Throws THROTTLED when there are too many: each may hold a window of unread bytes. */
  add(stream: ExchangeStream, { session }: DirectCall): void {
    if (this.#streams.size >= maxStreams) {
      throw new KmsError('THROTTLED', `The server has ${maxStreams} streams of Exchange open; share one among many requests.`, {
        retryAfterMs: 1000,
      });
    }
    this.#streams.set(stream, session);
  }

  delete(stream: ExchangeStream): void {
    this.#streams.delete(stream);
  }

  /** Tells all streams, or those of one connection, that they are about to end. */
  drain(graceMs: number, session?: Http2Session): void {
    for (const [stream, of] of this.#streams) if (session === undefined || of === session) stream.drain(graceMs);
  }
}

const maxStreams = 256;
