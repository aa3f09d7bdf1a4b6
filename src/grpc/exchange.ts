import { type Metadata, type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import type { CryptoCalls, ExchangeEnvelope } from '../crypto/crypto-calls.ts';
import { type CryptoOperation, operations } from '../crypto/native.ts';
import { KmsError, invalidField } from '../errors.ts';
import type { Caller } from '../pipeline.ts';
import type { RunOperation } from './crypto-service.ts';
import type { DirectMethod } from './direct-call.ts';
import { ExchangeCall, type ExchangeReplies } from './exchange-call.ts';
import {
  type ExchangeId,
  callFields,
  cancelField,
  drainingMessage,
  errorMessage,
  limitsMessage,
  responseMessage,
} from './exchange-messages.ts';
import { maxReplyBytesOf } from './max-reply-bytes.ts';
import type { Answering } from './unary.ts';

export interface ExchangeParts {
  readonly answering: Answering;
  /** The rest of a request's work, once it is known which call it stands for. */
  readonly run: RunOperation;
  readonly parse: CryptoCalls['parseExchange'];
  readonly now: () => number;
  readonly limits: { readonly maxMessageBytes: number; readonly maxPlaintextBytes: number; readonly maxBatchItems: number };
  /** google.rpc.Status of an error, encoded. */
  readonly encodeRpcStatus: (error: unknown) => Uint8Array;
  readonly open: ExchangeRegister;
}

/** The streams that are open, to be told when they have to end. */
export interface ExchangeRegister {
  /** Throws THROTTLED when there are too many. */
  add(stream: ExchangeStream, call: ServerInterceptingCallInterface): void;
  delete(stream: ExchangeStream): void;
}

/** The method Exchange. */
export function exchange(parts: ExchangeParts): DirectMethod {
  return (call) => call.start(new ExchangeStream(call, parts));
}

/** One stream of Exchange: reads on while there is room for more, and answers in the order in which work is done. */
export class ExchangeStream implements ExchangeReplies {
  maxReplyBytes = 0;
  readonly #call: ServerInterceptingCallInterface;
  readonly #parts: ExchangeParts;
  readonly #inFlight = new Map<string | number, ExchangeCall>();
  /** Bytes of answers that have not left. */
  #unsentBytes = 0;
  #isReading = false;
  #hasHalfClosed = false;
  #isOver = false;

  constructor(call: ServerInterceptingCallInterface, parts: ExchangeParts) {
    this.#call = call;
    this.#parts = parts;
  }

  onReceiveMetadata(metadata: Metadata): void {
    try {
      this.maxReplyBytes = Math.min(maxReplyBytesOf(metadata), this.#parts.limits.maxMessageBytes);
      this.#parts.open.add(this, this.#call);
    } catch (error) {
      this.#endWith(error);
      return;
    }
    this.#send(limitsMessage({ ...this.#parts.limits, maxReplyBytes: this.maxReplyBytes, maxRequestsInFlight }));
    this.#readOn();
  }

  onReceiveMessage(message: Buffer): void {
    this.#isReading = false;
    if (this.#isOver) return;
    try {
      this.#begin(message);
    } catch (error) {
      this.#endWith(error);
      return;
    }
    this.#readOn();
  }

  onReceiveHalfClose(): void {
    this.#hasHalfClosed = true;
    this.#endIfDone();
  }

  onCancel(): void {
    this.#isOver = true;
    for (const call of this.#inFlight.values()) call.abandon();
    this.#inFlight.clear();
    this.#parts.open.delete(this);
  }

  answered(call: ExchangeCall, response: Buffer, sent: () => void): void {
    this.#parts.answering.turn.afterwards(() => {
      this.#finish(call, responseMessage(call.id, call.operation, response), sent);
    });
  }

  failed(call: ExchangeCall, error: unknown): void {
    this.#parts.answering.turn.afterwards(() => {
      this.#finish(call, errorMessage(call.id, this.#parts.encodeRpcStatus(error)), nothing);
    });
  }

  /** Says that the stream is about to end, and ends it when the grace is over. */
  drain(graceMs: number): void {
    if (this.#isOver) return;
    this.#send(drainingMessage(graceMs));
    setTimeout(() => this.#end(drained), graceMs).unref();
  }

  /** Throws what ends the stream: a message after which nobody could tell which answer is whose. */
  #begin(message: Buffer): void {
    const envelope = this.#parts.parse(message);
    const key = keyOf(envelope.id);
    if (envelope.requestField === cancelField) {
      this.#inFlight.get(key)?.cancel();
      return;
    }
    if (this.#inFlight.has(key)) {
      throw new KmsError('INVALID_REQUEST', `id: ${key} is the id of a request that is not answered yet.`);
    }
    const operation = calls.get(envelope.requestField);
    if (operation === undefined) {
      this.#send(errorMessage(envelope.id, this.#parts.encodeRpcStatus(noKnownRequest())));
      return;
    }
    const { answering, run } = this.#parts;
    const call = this.#callOf(envelope, operation, message.length);
    this.#inFlight.set(key, call);
    const request = message.subarray(envelope.requestOffset, envelope.requestOffset + envelope.requestBytes);
    const work = (caller: Caller) => run(operation, request, caller);
    answering.turn.run(() => answering.pipeline.run(call, work, call));
  }

  #callOf({ id, timeoutMs }: ExchangeEnvelope, operation: CryptoOperation, messageBytes: number): ExchangeCall {
    const deadline = timeoutMs === undefined ? Infinity : this.#parts.now() + timeoutMs;
    const { inFlight } = this.#parts.answering;
    return new ExchangeCall({ id, operation, deadline, messageBytes, inFlight, replies: this });
  }

  #finish(call: ExchangeCall, message: Buffer, sent: () => void): void {
    if (this.#isOver) {
      sent();
      return;
    }
    this.#inFlight.delete(keyOf(call.id));
    this.#send(message, sent);
    this.#endIfDone();
    this.#readOn();
  }

  #send(message: Buffer, sent: () => void = nothing): void {
    this.#unsentBytes += message.length;
    this.#call.sendMessage(message, () => {
      this.#unsentBytes -= message.length;
      sent();
      this.#readOn();
    });
  }

  /** Whoever sends more than is answered, or does not take the answers, is not read from. */
  #readOn(): void {
    if (this.#isReading || this.#isOver || this.#hasHalfClosed) return;
    if (this.#inFlight.size >= maxRequestsInFlight || this.#unsentBytes >= maxUnsentBytes) return;
    this.#isReading = true;
    this.#call.startRead();
  }

  #endIfDone(): void {
    if (this.#hasHalfClosed && this.#inFlight.size === 0) this.#end({ code: status.OK, details: 'OK', metadata: null });
  }

  #endWith(error: unknown): void {
    this.#end(this.#parts.answering.encodeStatus(error));
  }

  #end(ending: { code: status; details: string; metadata: Metadata | null }): void {
    if (this.#isOver) return;
    this.onCancel();
    this.#call.sendStatus(ending);
  }
}

function keyOf({ high, low }: ExchangeId): string | number {
  return high === 0 ? low : `${(BigInt(high) << 32n) + BigInt(low)}`;
}

function noKnownRequest(): KmsError {
  return invalidField('request', 'exactly one is required, and one that this version knows.');
}

function nothing(): void {}

const calls: ReadonlyMap<number, CryptoOperation> = new Map(operations.map((name) => [callFields[name], name]));
const drained = { code: status.UNAVAILABLE, details: 'The stream was drained; open another.', metadata: null };

/** Of one stream; more is not read before some of these are answered. */
export const maxRequestsInFlight = 256;
/** Of one stream; nothing is read before less than this waits for the caller to take it. */
const maxUnsentBytes = 1024 * 1024;
