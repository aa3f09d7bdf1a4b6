import { performance } from 'node:perf_hooks';
import type { CryptoOperation } from '../crypto/native.ts';
import { CallExpired } from '../errors.ts';
import type { Credentials } from '../identity/credentials.ts';
import type { Call, Reply } from '../pipeline.ts';
import type { ExchangeId } from './exchange-messages.ts';
import { HeldBytes } from './held-bytes.ts';
import type { InFlightBytes } from './in-flight-bytes.ts';

/** What one request of a stream needs of its stream. */
export interface ExchangeReplies {
  readonly maxReplyBytes: number;
  /** Sends the answer, and releases the call when it has left. */
  answered(call: ExchangeCall, response: Buffer): void;
  failed(call: ExchangeCall, error: unknown): void;
}

/** One request of a stream: a call of its own, answered once. */
export class ExchangeCall implements Call, Reply<Buffer> {
  readonly id: ExchangeId;
  readonly operation: CryptoOperation;
  readonly arrivedAt = performance.now();
  readonly deadline: number;
  readonly credentials: Credentials;
  readonly #replies: ExchangeReplies;
  readonly #held: HeldBytes;
  #isAnswered = false;

  constructor({ id, operation, deadline, credentials, message, inFlight, replies }: ExchangeCallParts) {
    this.id = id;
    this.operation = operation;
    this.deadline = deadline;
    this.credentials = credentials;
    this.#replies = replies;
    this.#held = new HeldBytes(inFlight);
    this.#held.take(message);
  }

  get method(): string {
    return this.operation;
  }

  isCancelled(): boolean {
    return this.#isAnswered;
  }

  maxReplyBytes(): number {
    return this.#replies.maxReplyBytes;
  }

  reserve(replyBytes: number): Promise<void> | undefined {
    return this.#held.reserve(replyBytes);
  }

  /** Nothing has to be released when its answer has left. */
  get holdsNothing(): boolean {
    return this.#held.isEmpty;
  }

  during<T>(work: () => T | Promise<T>): T | Promise<T> {
    return this.#held.during(work);
  }

  answer(response: Buffer): void {
    if (this.#isAnswered) this.#held.release();
    else this.#replies.answered(this, response);
    this.#isAnswered = true;
  }

  fail(error: unknown): void {
    this.#held.release();
    if (!this.#isAnswered) this.#replies.failed(this, error);
    this.#isAnswered = true;
  }

  /** The caller does not want the answer any more; what works on it stops when it next asks. */
  cancel(): void {
    this.fail(new CallExpired('CANCELLED'));
  }

  /** The answer has left, or nobody waits for it: the stream is gone. */
  release(): void {
    this.#isAnswered = true;
    this.#held.release();
  }
}

interface ExchangeCallParts {
  readonly id: ExchangeId;
  readonly operation: CryptoOperation;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Those of the stream, looked at anew for each request. */
  readonly credentials: Credentials;
  /** The request as it came. */
  readonly message: Buffer;
  readonly inFlight: InFlightBytes;
  readonly replies: ExchangeReplies;
}
