import type { Http2Session, IncomingHttpHeaders } from 'node:http2';
import type { CallExpired, KmsError } from '../errors.ts';
import type { Credentials } from '../identity/credentials.ts';
import type { FailedStatus } from './status.ts';

/** Serves one call from its beginning: it must `start` the call. */
export type DirectMethod = (call: DirectCall) => void;

/** A call as a method that is served directly sees it. */
export interface DirectCall {
  readonly headers: IncomingHttpHeaders;
  /** What says who calls. */
  readonly credentials: Credentials;
  /** Milliseconds since 1970; infinite when the caller set none. */
  readonly deadline: number;
  /** The connection that it came on, as long as there is one. */
  readonly session: Http2Session | undefined;
  /** Comes before everything else. */
  start(listener: CallListener): void;
  /** Leaves everything with the caller until `startRead`, also the bytes of the first message. */
  hold(): void;
  /** Asks for the next message, or for the end of them: it may be handed over before this returns. */
  startRead(): void;
  /** Sends a message, whose memory is given up with it. `sent` is called when it has left, and never if it cannot leave. */
  sendMessage(message: Buffer, sent: () => void): void;
  /** Ends the call, behind its messages. */
  sendStatus(status: CallStatus): void;
}

/** What a call tells those who serve it. */
export interface CallListener {
  onReceiveMessage(message: Buffer): void;
  /** The caller sends no more messages. */
  onReceiveHalfClose(): void;
  /** The call was ended, without its method: nothing more can be sent. `onClose` follows. */
  onEnded(error: KmsError | CallExpired): void;
  /** The stream is gone: the last bytes have left, or nobody waits for them. */
  onClose(): void;
}

export type CallStatus = FailedStatus | 'OK';
