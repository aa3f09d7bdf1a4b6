import { KmsError } from '../errors.ts';
import type { InFlightBytes } from './in-flight-bytes.ts';

/** What one call holds of the memory for messages, until its answer is on its way. Small messages are not counted. */
export class HeldBytes {
  readonly #inFlight: InFlightBytes;
  #bytes = 0;
  #withdraw: (() => void) | undefined;

  constructor(inFlight: InFlightBytes) {
    this.#inFlight = inFlight;
  }

  /** Counts a message that is in memory. */
  take(bytes: number): void {
    if (bytes <= smallMessageBytes) return;
    this.#bytes += bytes;
    this.#inFlight.take(bytes);
  }

  /**
   * Asks for the memory of a reply: twice its size, because gRPC copies it into a frame. Nothing to wait for when
   * `undefined`. Rejects with THROTTLED when others do not leave enough in time.
   */
  reserve(replyBytes: number): Promise<void> | undefined {
    if (replyBytes <= smallMessageBytes) return undefined;
    const bytes = 2 * replyBytes;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isGranted = false;
    this.#withdraw = this.#inFlight.request(bytes, {
      granted: () => {
        isGranted = true;
        this.#bytes += bytes;
        resolve();
      },
      refused: () => reject(tooMuchInFlight()),
    });
    return isGranted ? undefined : promise;
  }

  release(): void {
    this.#withdraw?.();
    this.#withdraw = undefined;
    if (this.#bytes === 0) return;
    this.#inFlight.release(this.#bytes);
    this.#bytes = 0;
  }
}

export function tooMuchInFlight(): KmsError {
  return new KmsError(
    'THROTTLED',
    'The messages of other calls fill the memory for them (LATCHKEY_MAX_IN_FLIGHT_BYTES); try again, or send smaller batches.',
    { retryAfterMs: 1000 },
  );
}

/** Messages up to this size are bounded by the number of streams alone. */
export const smallMessageBytes = 64 * 1024;
