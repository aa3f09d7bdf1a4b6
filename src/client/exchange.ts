import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type Metadata, connectivityState } from '@grpc/grpc-js';
import type { ExchangeLimits } from './exchange-messages.ts';
import { ExchangeStream, NotSent } from './exchange-stream.ts';
import { LatchkeyError } from './latchkey-error.ts';
import { type Patience, patiently } from './patience.ts';
import type { Protocol } from './protocol.ts';
import { backoffMs, maxAttempts, retryDelayMs } from './retry.ts';
import { latchkeyError, statusError } from './service-error.ts';
import type { CallMetadata } from './token.ts';

export interface ExchangeParts {
  readonly client: Pick<Client, 'makeBidiStreamRequest' | 'getChannel'>;
  readonly metadata: CallMetadata;
  readonly protocol: Protocol;
  /** Bytes of a message that this client takes. */
  readonly maxReplyBytes: number;
}

/**
 * The Exchange of a connection: one stream for all requests, opened when the first comes and again after it ended. Only for requests
 * that may be done twice: one that is not answered when its stream ends is sent again.
 */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #streams = new Set<ExchangeStream>();
  #current: Promise<ExchangeStream> | undefined;
  #wasOpen = false;
  /** Whether another stream may have another token. */
  #asksForTokens = false;
  #isClosed = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** What the server takes. */
  async limits(patience: Patience): Promise<ExchangeLimits> {
    return this.#repeated(patience, async (stream) => {
      const limits = await patiently(stream.limits, patience);
      this.#wasOpen = true;
      return limits;
    });
  }

  /** The encoded response. Fails with LatchkeyError, or with the signal's reason. */
  async request(field: number, body: Uint8Array, patience: Patience): Promise<Buffer> {
    return this.#repeated(patience, async (stream) => {
      const { asked, giveUp } = stream.ask({ field, body, deadline: patience.deadline });
      return patiently(asked, patience, giveUp);
    });
  }

  /** Ends all streams at once. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.cancel();
  }

  async #repeated<Answer>(patience: Patience, attempt: (stream: ExchangeStream) => Promise<Answer>): Promise<Answer> {
    let wasRenewed = false;
    for (let attempts = 1; ; attempts += 1) {
      const stream = await patiently(this.#stream(), patience);
      try {
        return await attempt(stream);
      } catch (error) {
        if (this.#asksForTokens && isUnauthenticated(error) && !wasRenewed) {
          // The token that the stream was opened with may have ended; another stream is opened with what there is now.
          stream.drain();
          wasRenewed = true;
          continue;
        }
        const delayMs = this.#delayMs(error, attempts);
        if (delayMs === undefined || performance.now() + delayMs >= patience.deadline) throw callerError(error);
        // The patience's own timer keeps the process alive, and no longer than it lasts.
        await patiently(sleep(delayMs, undefined, { ref: false }), patience);
      }
    }
  }

  /** Undefined: not again. */
  #delayMs(error: unknown, attempts: number): number | undefined {
    if (this.#isClosed || this.#isUnreachable()) return undefined;
    if (!(error instanceof NotSent)) return retryDelayMs(error, attempts);
    if (attempts >= maxAttempts) return undefined;
    // At once, but for a server that drains whatever is opened.
    return attempts === 1 ? 0 : backoffMs(attempts);
  }

  /** Nobody was ever there: as for other calls, that is said at once. */
  #isUnreachable(): boolean {
    if (this.#wasOpen) return false;
    return this.#parts.client.getChannel().getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE;
  }

  #stream(): Promise<ExchangeStream> {
    return (this.#current ??= this.#open());
  }

  async #open(): Promise<ExchangeStream> {
    try {
      this.#requireOpen();
      const metadata = this.#parts.metadata(this.#parts.maxReplyBytes);
      this.#asksForTokens = metadata instanceof Promise;
      const found = await metadata;
      this.#requireOpen();
      return this.#opened(found);
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new LatchkeyError('The connection was closed.', { reason: undefined, code: 'CANCELLED' });
  }

  #opened(metadata: Metadata): ExchangeStream {
    const { client, protocol } = this.#parts;
    const call = client.makeBidiStreamRequest(protocol.crypto.Exchange.path, same, same, metadata);
    const current = this.#current;
    const stream: ExchangeStream = new ExchangeStream({
      call,
      callError: (error) => latchkeyError(error, protocol),
      requestError: (encodedStatus) => statusError(encodedStatus, protocol),
      closing: () => {
        if (this.#current === current) this.#current = undefined;
      },
      ended: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return stream;
  }
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof LatchkeyError && error.reason === 'UNAUTHENTICATED';
}

/** A caller knows nothing of streams. */
function callerError(error: unknown): unknown {
  if (!(error instanceof NotSent)) return error;
  return new LatchkeyError('The server takes no more requests.', { reason: undefined, code: 'UNAVAILABLE' });
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
