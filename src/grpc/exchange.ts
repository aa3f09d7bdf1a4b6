import { performance } from 'node:perf_hooks';
import type { PrincipalId } from '../access/principal.ts';
import type { CryptoCalls, ExchangeEnvelope } from '../crypto/crypto-calls.ts';
import { type CryptoOperation, operations } from '../crypto/native.ts';
import { CallExpired, KmsError, invalidField } from '../errors.ts';
import type { Identity } from '../permission/identity.ts';
import type { Caller } from '../pipeline.ts';
import type { RunOperation } from './crypto-service.ts';
import type { CallListener, DirectCall, DirectMethod } from './direct-call.ts';
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
import type { Answering } from './answering.ts';

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
  /** Throws THROTTLED when there are too many, of all or of this caller. */
  add(stream: ExchangeStream, call: DirectCall, caller: PrincipalId): void;
  delete(stream: ExchangeStream): void;
}

/** The method Exchange. */
export function exchange(parts: ExchangeParts): DirectMethod {
  return (call) => new ExchangeStream(call, parts).open();
}

/** One stream of Exchange: reads on while there is room for more, and answers in the order in which work is done. */
export class ExchangeStream implements CallListener, ExchangeReplies {
  readonly method = 'Exchange';
  readonly arrivedAt = performance.now();
  maxReplyBytes = 0;
  readonly #call: DirectCall;
  readonly #parts: ExchangeParts;
  readonly #unanswered = new Map<string | number, ExchangeCall>();
  /** Requests that are worked on beyond the turn in which they came, also those that were given up. */
  #working = 0;
  /** Answered calls that hold memory until their answers have left. */
  readonly #unsent = new Set<ExchangeCall>();
  /** Bytes of answers that have not left. */
  #unsentBytes = 0;
  /** A message was asked for and has not come. */
  #isReading = false;
  #isReadingOn = false;
  #hasHalfClosed = false;
  #isOver = false;
  #draining: NodeJS.Timeout | undefined;

  constructor(call: DirectCall, parts: ExchangeParts) {
    this.#call = call;
    this.#parts = parts;
  }

  open(): void {
    this.#call.start(this);
    try {
      const admitted = this.#parts.answering.pipeline.admit(this.#call.credentials);
      if (!(admitted instanceof Promise)) {
        this.#begin(admitted);
        return;
      }
      this.#call.hold();
      admitted.then(
        (identity) => this.#begin(identity),
        (error: unknown) => this.#endWith(error),
      );
    } catch (error) {
      this.#endWith(error);
    }
  }

  /** For whoever is somebody: streams are few. */
  #begin({ who }: Identity): void {
    if (this.#isOver) return;
    try {
      this.maxReplyBytes = maxReplyBytesOf(this.#call.headers, this.#parts.limits.maxMessageBytes);
      this.#parts.open.add(this, this.#call, who.principal.principalId);
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
      this.#receive(message);
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

  onEnded(error: KmsError | CallExpired): void {
    this.#stop(error);
  }

  onClose(): void {
    this.#stop(new CallExpired('CANCELLED'));
    for (const call of this.#unsent) call.release();
    this.#unsent.clear();
  }

  answered(call: ExchangeCall, response: Buffer): void {
    this.#parts.answering.turn.afterwards(() => {
      this.#answer(call, responseMessage(call.id, call.operation, response));
    });
  }

  failed(call: ExchangeCall, error: unknown): void {
    // Whoever was let in once and is not any more: nothing else on the stream would be answered either.
    if (error instanceof KmsError && error.reason === 'UNAUTHENTICATED') {
      this.#parts.answering.turn.afterwards(() => this.#endWith(error));
      return;
    }
    this.#parts.answering.turn.afterwards(() => this.#answer(call, errorMessage(call.id, this.#parts.encodeRpcStatus(error))));
  }

  /** Says that the stream is about to end, and ends it when the grace is over. */
  drain(graceMs: number): void {
    if (this.#isOver) return;
    this.#send(drainingMessage(graceMs));
    clearTimeout(this.#draining);
    this.#draining = setTimeout(() => this.#endWith(new CallExpired('UNAVAILABLE')), graceMs).unref();
  }

  /** Throws what ends the stream: a message after which nobody could tell which answer is whose. */
  #receive(message: Buffer): void {
    const envelope = this.#parts.parse(message);
    const key = keyOf(envelope.id);
    if (envelope.requestField === cancelField) {
      this.#unanswered.get(key)?.cancel();
      return;
    }
    if (this.#unanswered.has(key)) {
      throw invalidField('id', `${key} is that of a request that is not answered yet.`);
    }
    const operation = calls.get(envelope.requestField);
    if (envelope.refusal !== undefined || operation === undefined) {
      this.#send(errorMessage(envelope.id, this.#parts.encodeRpcStatus(envelope.refusal ?? noKnownRequest())));
      return;
    }
    const { turn, pipeline } = this.#parts.answering;
    const call = this.#callOf(envelope, operation, message);
    this.#unanswered.set(key, call);
    const request = message.subarray(envelope.requestOffset, envelope.requestOffset + envelope.requestBytes);
    turn.run(() => pipeline.run(call, (caller) => this.#work(call, request, caller), call));
  }

  #callOf({ id, timeoutMs }: ExchangeEnvelope, operation: CryptoOperation, message: Buffer): ExchangeCall {
    const deadline = timeoutMs === undefined ? Infinity : this.#parts.now() + timeoutMs;
    const { inFlight } = this.#parts.answering;
    const { credentials } = this.#call;
    return new ExchangeCall({ id, operation, deadline, credentials, message, inFlight, replies: this });
  }

  #work(call: ExchangeCall, request: Buffer, caller: Caller): Buffer | Promise<Buffer> {
    const result = call.during(() => this.#parts.run(call.operation, request, caller));
    if (!(result instanceof Promise)) return result;
    this.#working += 1;
    return result.finally(() => {
      this.#working -= 1;
      this.#readOn();
    });
  }

  #answer(call: ExchangeCall, message: Buffer): void {
    if (this.#isOver) {
      call.release();
      return;
    }
    this.#unanswered.delete(keyOf(call.id));
    this.#send(message, call);
    this.#endIfDone();
    this.#readOn();
  }

  /** What is sent may never leave: then `onClose` releases the call. */
  #send(message: Buffer, call?: ExchangeCall): void {
    this.#unsentBytes += message.length;
    if (call?.holdsNothing === false) this.#unsent.add(call);
    const { length } = message;
    this.#call.sendMessage(message, () => {
      this.#unsentBytes -= length;
      if (call !== undefined && this.#unsent.delete(call)) call.release();
      this.#readOn();
    });
  }

  /** Whoever sends more than is answered, or does not take the answers, is not read from. */
  #readOn(): void {
    // The call may hand a message over at once, and then comes back to here: a loop, so that many of them need no deep stack.
    if (this.#isReadingOn) return;
    this.#isReadingOn = true;
    while (this.#mayRead()) {
      this.#isReading = true;
      this.#call.startRead();
    }
    this.#isReadingOn = false;
  }

  #mayRead(): boolean {
    if (this.#isReading || this.#isOver || this.#hasHalfClosed) return false;
    return this.#unanswered.size < maxRequestsInFlight && this.#working < maxRequestsInFlight && this.#unsentBytes < maxUnsentBytes;
  }

  #endIfDone(): void {
    if (!this.#hasHalfClosed || this.#unanswered.size > 0 || this.#isOver) return;
    this.#stop();
    this.#call.sendStatus('OK');
  }

  #endWith(error: unknown): void {
    if (this.#isOver) return;
    this.#stop(error);
    this.#call.sendStatus(this.#parts.answering.encodeStatus(error));
  }

  /** Nothing is read or answered any more. */
  #stop(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.open.delete(this);
    clearTimeout(this.#draining);
    for (const call of this.#unanswered.values()) call.release();
    this.#unanswered.clear();
    this.#parts.answering.pipeline.ended(this, error);
  }
}

function keyOf({ high, low }: ExchangeId): string | number {
  return high === 0 ? low : `${(BigInt(high) << 32n) + BigInt(low)}`;
}

function noKnownRequest(): KmsError {
  return invalidField('request', 'exactly one is required, and one that this version knows.');
}

const calls: ReadonlyMap<number, CryptoOperation> = new Map(operations.map((name) => [callFields[name], name]));

/** Of one stream; more is not read before some of these are answered. */
export const maxRequestsInFlight = 256;
/** Of one stream; nothing is read before less than this waits for the caller to take it. */
const maxUnsentBytes = 1024 * 1024;
