import type { Http2Session } from 'node:http2';
import type { PrincipalId } from '../access/principal.ts';
import { KmsError } from '../errors.ts';
import type { DirectCall } from './direct-call.ts';
import type { ExchangeRegister, ExchangeStream } from './exchange.ts';

/** The streams of Exchange that are open, by the connection that they are on and whose they are. */
export class OpenExchanges implements ExchangeRegister {
  readonly #streams = new Map<ExchangeStream, Place>();

  get size(): number {
    return this.#streams.size;
  }

  /**
   * Throws THROTTLED when there are too many: each may hold a window of unread bytes. A caller may have no more than are free, so that
   * nobody takes them all: one alone may have half of them, a second one half of the others.
   */
  add(stream: ExchangeStream, { session }: Pick<DirectCall, 'session'>, caller: PrincipalId): void {
    const free = maxExchanges - this.#streams.size;
    if (free === 0) throw tooMany(`The server has ${maxExchanges} streams of Exchange open`);
    const own = [...this.#streams.values()].filter((place) => place.caller === caller).length;
    if (own >= free) throw tooMany(`The caller has ${own} streams of Exchange open, its share`);
    this.#streams.set(stream, { session, caller });
  }

  delete(stream: ExchangeStream): void {
    this.#streams.delete(stream);
  }

  /** Tells all streams, or those of one connection, that they are about to end. */
  drain(graceMs: number, session?: Http2Session): void {
    for (const [stream, place] of this.#streams) if (session === undefined || place.session === session) stream.drain(graceMs);
  }
}

interface Place {
  readonly session: Http2Session | undefined;
  readonly caller: PrincipalId;
}

function tooMany(how: string): KmsError {
  return new KmsError('THROTTLED', `${how}; share one among many requests.`, { retryAfterMs: 1000 });
}

export const maxExchanges = 256;
