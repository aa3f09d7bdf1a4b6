import { CallExpired, KmsError } from '../errors.ts';
import { freeBytes } from './free-bytes.ts';
import { type InFlightBytes, formsOfMessage, formsOfReply, memoryPerByte, smallMessageBytes } from './in-flight-bytes.ts';

/**
 * What one call holds of the memory for messages: until its answer has left, and until its work is done, whichever is later.
 * Small messages are not counted.
 */
export class HeldBytes {
  readonly #inFlight: InFlightBytes;
  #message: Buffer | undefined;
  #messageBytes = 0;
  #held = 0;
  #isWorking = false;
  #isOver = false;
  /** Ends the wait for the memory of a reply, if there still is one. */
  #giveUp: (() => void) | undefined;

  constructor(inFlight: InFlightBytes) {
    this.#inFlight = inFlight;
  }

  /** Nothing of it is counted. */
  get isEmpty(): boolean {
    return this.#held === 0;
  }

  /** Counts a message that is in memory, and an answer of the same size with it; and frees it at the end. */
  take(message: Buffer): void {
    if (this.#isOver || message.length <= smallMessageBytes) return;
    this.#message = message;
    this.#messageBytes = message.length;
    this.#held = memoryPerByte * message.length;
    this.#inFlight.take(this.#held);
  }

  /**
   * Asks for the memory of a reply, as far as it is more than the message left. Nothing to wait for when `undefined`. Rejects
   * with THROTTLED when others do not leave enough in time, and with `CallExpired` when the call is over.
   */
  reserve(replyBytes: number): Promise<void> | undefined {
    if (this.#isOver) return Promise.reject(new CallExpired('CANCELLED'));
    const missing = formsOfMessage * this.#messageBytes + formsOfReply * replyBytes - this.#held;
    if (replyBytes <= smallMessageBytes || missing <= 0) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isGranted = false;
    const withdraw = this.#inFlight.requestMore(missing, {
      granted: () => {
        isGranted = true;
        this.#held += missing;
        resolve();
      },
      refused: () => reject(tooMuchInFlight()),
    });
    this.#giveUp = () => {
      withdraw();
      reject(new CallExpired('CANCELLED'));
    };
    return isGranted ? undefined : promise;
  }

  /** Does the work of the call. It may go on after the call is over, on a thread, and needs its memory until then. */
  during<T>(work: () => T | Promise<T>): T | Promise<T> {
    const result = work();
    if (!(result instanceof Promise)) return result;
    this.#isWorking = true;
    return result.finally(() => {
      this.#isWorking = false;
      if (this.#isOver) this.#giveBack();
    });
  }

  /** The answer has left, or nobody waits for it. */
  release(): void {
    this.#isOver = true;
    this.#giveUp?.();
    this.#giveUp = undefined;
    if (!this.#isWorking) this.#giveBack();
  }

  #giveBack(): void {
    if (this.#message !== undefined) freeBytes(this.#message);
    this.#message = undefined;
    const held = this.#held;
    this.#held = 0;
    if (held > 0) this.#inFlight.release(held);
  }
}

export function tooMuchInFlight(): KmsError {
  return new KmsError(
    'THROTTLED',
    'The messages of other calls fill the memory for them (LATCHKEY_MAX_IN_FLIGHT_BYTES); try again, or send smaller batches.',
    { retryAfterMs: 1000 },
  );
}
