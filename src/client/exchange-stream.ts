import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import {
  cancelMessage,
  drainingField,
  errorField,
  limitsField,
  parseAnswer,
  parseLimits,
  requestMessage,
} from './exchange-messages.ts';
import type { ExchangeAnswer, ExchangeLimits } from './exchange-messages.ts';
import { LatchkeyError } from './latchkey-error.ts';

export type ExchangeCall = Pick<ClientDuplexStream<Buffer, Buffer>, 'on' | 'write' | 'end' | 'cancel'>;

/** One request, as it is sent and sent again. */
export interface ExchangeRequest {
  /** Number of its field in ExchangeRequest. */
  readonly field: number;
  readonly body: Uint8Array;
  /** When the caller gives up, in milliseconds of `performance.now()`. */
  readonly deadline: number;
}

/** Never left this process, since the stream it waited for is about to end: it goes to another. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

export interface ExchangeStreamParts {
  readonly call: ExchangeCall;
  readonly callError: (error: ServiceError) => LatchkeyError;
  readonly requestError: (encodedStatus: Uint8Array) => LatchkeyError;
  /** The stream takes nothing new from now on. */
  readonly closing: () => void;
  readonly ended: () => void;
}

/**
 * One stream of Exchange. Writes one message at a time, and no more than the server takes at once: what is asked for meanwhile waits
 * here, so whoever asks bounds how much that is. Nothing is repeated: what is not answered when the stream ends fails with its end.
 */
export class ExchangeStream {
  /** The server's first message; rejects when the stream ends without one. */
  readonly limits: Promise<ExchangeLimits>;
  readonly #parts: ExchangeStreamParts;
  readonly #limitsKnown = Promise.withResolvers<ExchangeLimits>();
  readonly #sent = new Map<number, Asked>();
  #unsent: Asked[] = [];
  #maxInFlight = 0;
  #lastId = 0;
  #isWriting = false;
  #isClosing = false;
  #hasEnded = false;

  constructor(parts: ExchangeStreamParts) {
    this.#parts = parts;
    this.limits = this.#limitsKnown.promise;
    // Who waits for the limits hears of a failure; nobody may be waiting.
    this.limits.catch(() => {});
    parts.call.on('data', (message: Buffer) => this.#received(message));
    parts.call.on('error', (error: ServiceError) => this.#ended(lost(parts.callError(error))));
    parts.call.on('end', () => this.#ended(unavailable('The server ended the stream.')));
  }

  /** `asked` is fulfilled with the encoded response. `giveUp` tells the server that nobody wants it any more. */
  ask(request: ExchangeRequest): { readonly asked: Promise<Buffer>; readonly giveUp: () => void } {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#lastId += 1;
    const asked: Asked = { id: this.#lastId, request, resolve, reject };
    if (this.#isClosing) reject(new NotSent());
    else this.#unsent.push(asked);
    this.#sendNext();
    return { asked: promise, giveUp: () => this.#giveUp(asked) };
  }

  /** Takes nothing new, and ends when what was sent is answered. */
  drain(): void {
    this.#close();
    for (const asked of this.#unsent.splice(0)) asked.reject(new NotSent());
    this.#endWhenDone();
  }

  /** Ends it at once; what is not answered fails. */
  cancel(): void {
    this.#ended(new LatchkeyError('The connection was closed.', { reason: undefined, code: 'CANCELLED' }));
    this.#parts.call.cancel();
  }

  #sendNext(): void {
    if (this.#isWriting || this.#sent.size >= this.#maxInFlight) return;
    const asked = this.#unsent.shift();
    if (asked === undefined) return;
    const timeoutMs = Math.max(1, asked.request.deadline - performance.now());
    this.#sent.set(asked.id, asked);
    this.#isWriting = true;
    // gRPC calls back when HTTP/2 has taken the message, which is how a server holds its clients back.
    this.#parts.call.write(requestMessage(asked.id, { ...asked.request, timeoutMs }), () => {
      this.#isWriting = false;
      this.#sendNext();
    });
  }

  #received(message: Buffer): void {
    try {
      this.#take(parseAnswer(message));
    } catch (error) {
      this.#ended(new LatchkeyError('The server sent what is no answer.', { reason: undefined, code: 'INTERNAL', cause: error }));
      this.#parts.call.cancel();
    }
  }

  #take({ id, field, body }: ExchangeAnswer): void {
    if (field === limitsField) {
      const limits = parseLimits(body);
      this.#maxInFlight = Math.max(1, limits.maxRequestsInFlight);
      this.#limitsKnown.resolve(limits);
    } else if (field === drainingField) this.drain();
    else this.#answered(id, field, body);
    this.#sendNext();
  }

  #answered(id: number, field: number, body: Uint8Array): void {
    const asked = this.#sent.get(id);
    // Given up before it was answered.
    if (asked === undefined) return;
    this.#sent.delete(id);
    if (field === errorField) asked.reject(this.#parts.requestError(body));
    else if (field === asked.request.field) asked.resolve(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    else asked.reject(new LatchkeyError('The answer is that of another call.', { reason: undefined, code: 'INTERNAL' }));
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (this.#isClosing && !this.#hasEnded && this.#sent.size === 0) this.#parts.call.end();
  }

  #ended(error: LatchkeyError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#close();
    this.#limitsKnown.reject(error);
    for (const asked of [...this.#unsent, ...this.#sent.values()]) asked.reject(error);
    this.#unsent = [];
    this.#sent.clear();
    this.#parts.ended();
  }

  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#parts.closing();
  }

  #giveUp(asked: Asked): void {
    this.#unsent = this.#unsent.filter((other) => other !== asked);
    if (!this.#sent.delete(asked.id)) return;
    if (!this.#hasEnded) this.#parts.call.write(cancelMessage(asked.id));
    this.#endWhenDone();
    this.#sendNext();
  }
}

interface Asked {
  readonly id: number;
  readonly request: ExchangeRequest;
  readonly resolve: (response: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** A stream that broke, whatever gRPC calls that, may be replaced by another; what the server itself gave a reason for stays. */
function lost(error: LatchkeyError): LatchkeyError {
  return error.reason === undefined && brokenStreamCodes.has(error.code) ? unavailable(error.message, error) : error;
}

function unavailable(message: string, cause?: unknown): LatchkeyError {
  return new LatchkeyError(message, { reason: undefined, code: 'UNAVAILABLE', cause });
}

/** What RST_STREAM and a connection that is cut become in gRPC, beside UNAVAILABLE. */
const brokenStreamCodes: ReadonlySet<string> = new Set(['CANCELLED', 'INTERNAL', 'UNKNOWN']);
