import { performance } from 'node:perf_hooks';
import { Metadata, status } from '@grpc/grpc-js';
import type { CallExpired, KmsError } from '../errors.ts';
import type { Credentials } from '../identity/credentials.ts';
import type { Call, Caller, Reply } from '../pipeline.ts';
import type { Answering } from './answering.ts';
import type { CallListener, DirectCall, DirectMethod } from './direct-call.ts';
import { HeldBytes } from './held-bytes.ts';
import { maxReplyBytesOf } from './max-reply-bytes.ts';
import type { BytesOperation } from './on-messages.ts';

/** A unary method whose work is `operation`. */
export function directUnary(method: string, operation: BytesOperation, answering: Answering): DirectMethod {
  return (call) => {
    const unary = new DirectUnary({ method, call, operation, answering });
    call.start(unary);
    unary.open();
  };
}

interface Parts {
  readonly method: string;
  readonly call: DirectCall;
  readonly operation: BytesOperation;
  readonly answering: Answering;
}

/** One call: what its stream tells of it, what the pipeline asks about it, and its answer. */
class DirectUnary implements CallListener, Call, Reply<Buffer> {
  readonly method: string;
  readonly deadline: number;
  readonly credentials: Credentials;
  arrivedAt = 0;
  readonly #parts: Parts;
  readonly #held: HeldBytes;
  #request: Buffer | undefined;
  #isRunning = false;
  #isOver = false;

  constructor(parts: Parts) {
    this.method = parts.method;
    this.deadline = parts.call.deadline;
    this.credentials = parts.call.credentials;
    this.#parts = parts;
    this.#held = new HeldBytes(parts.answering.inFlight);
  }

  /** Whoever is nobody is answered before a message is read, and memory taken for it. */
  open(): void {
    const { call, answering } = this.#parts;
    try {
      const admitted = answering.pipeline.admit(this.credentials);
      if (!(admitted instanceof Promise)) {
        call.startRead();
        return;
      }
      call.hold();
      admitted.then(
        () => call.startRead(),
        (error: unknown) => this.#refuse(error),
      );
    } catch (error) {
      this.#refuse(error);
    }
  }

  onReceiveMessage(message: Buffer): void {
    if (this.#request !== undefined) {
      this.#end(status.UNIMPLEMENTED, 'The call takes one request.');
      return;
    }
    this.#request = message;
    this.#held.take(message);
    this.#parts.call.startRead();
  }

  onReceiveHalfClose(): void {
    const request = this.#request;
    if (request === undefined) {
      this.#end(status.UNIMPLEMENTED, 'The call takes one request.');
      return;
    }
    const { operation, answering } = this.#parts;
    this.arrivedAt = performance.now();
    this.#isRunning = true;
    const work = (caller: Caller) => this.#held.during(() => operation(request, caller));
    answering.turn.run(() => answering.pipeline.run(this, work, this));
  }

  onEnded(error: KmsError | CallExpired): void {
    // The pipeline sees to what runs.
    if (this.#isRunning) return;
    this.arrivedAt = performance.now();
    this.#isOver = true;
    this.#held.release();
    this.#parts.answering.pipeline.ended(this, error);
  }

  onClose(): void {
    this.#isOver = true;
    this.#held.release();
  }

  isCancelled(): boolean {
    return this.#isOver;
  }

  maxReplyBytes(): number {
    return maxReplyBytesOf(this.#parts.call.headers, this.#parts.answering.maxMessageBytes);
  }

  reserve(bytes: number): Promise<void> | undefined {
    return this.#held.reserve(bytes);
  }

  answer(response: Buffer): void {
    this.#parts.answering.turn.afterwards(() => {
      // The status goes with the message, not after it has been sent: one wake-up of the client less.
      this.#parts.call.sendMessage(response, () => this.#held.release());
      this.#parts.call.sendStatus('OK');
    });
  }

  fail(error: unknown): void {
    const { call, answering } = this.#parts;
    answering.turn.afterwards(() => {
      this.#held.release();
      call.sendStatus(answering.encodeStatus(error));
    });
  }

  #refuse(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.arrivedAt = performance.now();
    this.#parts.answering.pipeline.ended(this, error);
    this.fail(error);
  }

  #end(code: status, details: string): void {
    this.#held.release();
    this.#parts.call.sendStatus({ code, details, metadata: new Metadata() });
  }
}
