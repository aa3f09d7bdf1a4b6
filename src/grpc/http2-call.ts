import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { CallExpired, KmsError } from '../errors.ts';
import { hasHeadroom, prefixed } from '../headroom.ts';
import type { Credentials } from '../identity/credentials.ts';
import type { CallListener, CallStatus, DirectCall } from './direct-call.ts';
import { freeBytes } from './free-bytes.ts';
import { prefixBytes } from './message-framing.ts';
import { MessageReader } from './message-reader.ts';
import { type FailedStatus, responseHeaders, trailersOf } from './status.ts';

export interface Http2CallParts {
  readonly maxMessageBytes: number;
  readonly encodeStatus: (error: unknown) => FailedStatus;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What a call begins with. */
export interface CallOpening {
  readonly headers: IncomingHttpHeaders;
  readonly credentials: Credentials;
}

/** One call of gRPC on its HTTP/2 stream. That messages are not compressed has been seen to (`MessageGate`). */
export class Http2Call implements DirectCall {
  readonly headers: IncomingHttpHeaders;
  readonly credentials: Credentials;
  /** Not a number when the caller's cannot be read. */
  readonly deadline: number;
  readonly #stream: ServerHttp2Stream;
  readonly #parts: Http2CallParts;
  readonly #reader: MessageReader;
  readonly #expiring: NodeJS.Timeout | undefined;
  #listener: CallListener | undefined;
  /** Messages of the last chunk that were not asked for. */
  readonly #ready: Buffer[] = [];
  #isWanted = false;
  #isPaused = false;
  #hasHalfClosed = false;
  #isEnded = false;

  constructor(stream: ServerHttp2Stream, { headers, credentials }: CallOpening, parts: Http2CallParts) {
    this.headers = headers;
    this.credentials = credentials;
    this.#stream = stream;
    this.#parts = parts;
    this.#reader = new MessageReader(parts.maxMessageBytes);
    const timeoutMs = timeoutOf(headers['grpc-timeout']);
    this.deadline = parts.now() + timeoutMs;
    if (Number.isFinite(timeoutMs))
      this.#expiring = setTimeout(() => this.#endFor(new CallExpired('DEADLINE_EXCEEDED')), Math.min(timeoutMs, greatestTimerMs));

    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('end', () => this.#halfClose());
    stream.on('close', () => this.#close());
    // What is wrong with a stream closes it; without a listener it would end the process.
    stream.on('error', ignore);
  }

  get session(): Http2Session | undefined {
    return this.#stream.session;
  }

  start(listener: CallListener): void {
    this.#listener = listener;
  }

  hold(): void {
    this.#isPaused = true;
    this.#stream.pause();
  }

  startRead(): void {
    this.#isWanted = true;
    this.#handOver();
  }

  sendMessage(message: Buffer, sent: () => void): void {
    const stream = this.#stream;
    if (!this.#isOpen()) return;
    if (!stream.headersSent) stream.respond(responseHeaders, withTrailers);
    const frame = framed(message);
    stream.write(frame, (error) => {
      if (error) return;
      // Of a stream that was destroyed, bytes may still be on their way to the socket.
      if (!stream.destroyed) freeBytes(frame);
      sent();
    });
  }

  sendStatus(status: CallStatus): void {
    const stream = this.#stream;
    if (!this.#isOpen()) return;
    this.#isEnded = true;
    clearTimeout(this.#expiring);
    const trailers = status === 'OK' ? okTrailers : trailersOf(status);
    if (stream.headersSent) {
      stream.on('wantTrailers', () => {
        if (!stream.closed) stream.sendTrailers(trailers);
      });
      stream.end();
    } else {
      stream.respond({ ...responseHeaders, ...trailers }, { endStream: true });
    }
    // What still comes is dropped; the gate ends who goes on sending. A reset here could overtake the status.
    if (this.#isPaused) stream.resume();
  }

  /** Ends a call that its method does not end. */
  #endFor(error: KmsError | CallExpired): void {
    if (!this.#isOpen()) return;
    this.sendStatus(this.#parts.encodeStatus(error));
    this.#listener?.onEnded(error);
  }

  #isOpen(): boolean {
    return !this.#isEnded && !this.#stream.closed;
  }

  #read(chunk: Buffer): void {
    if (!this.#isOpen()) return;
    const { maxMessageBytes } = this.#parts;
    if (!this.#reader.read(chunk, (message) => this.#receive(message))) this.#endFor(tooLong(maxMessageBytes));
    if (this.#ready.length === 0 || this.#isEnded) return;
    this.#isPaused = true;
    this.#stream.pause();
  }

  #receive(message: Buffer): void {
    this.#ready.push(message);
    if (this.#isWanted) this.#handOver();
  }

  #halfClose(): void {
    // Node also ends what the caller sends when the stream was reset.
    if (!this.#isOpen()) return;
    this.#hasHalfClosed = true;
    if (!this.#reader.isBetween) this.#endFor(cutOff());
    if (this.#isWanted) this.#handOver();
  }

  #handOver(): void {
    if (this.#isEnded) return;
    const message = this.#ready.shift();
    if (message !== undefined) {
      this.#isWanted = false;
      this.#listener?.onReceiveMessage(message);
    } else if (this.#hasHalfClosed) {
      this.#listener?.onReceiveHalfClose();
    } else if (this.#isPaused) {
      this.#isPaused = false;
      this.#stream.resume();
    }
  }

  #close(): void {
    this.#isEnded = true;
    clearTimeout(this.#expiring);
    this.#listener?.onClose();
  }
}

/** Milliseconds of a grpc-timeout, infinite without one, and not a number for what is none. */
function timeoutOf(header: string | string[] | undefined): number {
  if (header === undefined) return Infinity;
  const [, digits, unit] = /^([0-9]{1,8})([HMSmun])$/.exec(String(header)) ?? [];
  return Number(digits) * (millisecondsOf.get(unit ?? '') ?? NaN);
}

/** The message behind its prefix: where it was written, or copied in one piece, which takes a third of putting two together. */
function framed(message: Buffer): Buffer {
  if (hasHeadroom(message)) return prefixed(writePrefix(Buffer.allocUnsafe(prefixBytes), message), message);
  const frame = writePrefix(Buffer.allocUnsafe(prefixBytes + message.length), message);
  frame.set(message, prefixBytes);
  return frame;
}

/** Not compressed, and the length. */
function writePrefix(frame: Buffer, message: Buffer): Buffer {
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  return frame;
}

function tooLong(maxMessageBytes: number): KmsError {
  return new KmsError('LIMIT_EXCEEDED', `A message has at most ${maxMessageBytes} bytes (LATCHKEY_MAX_MESSAGE_BYTES).`);
}

function cutOff(): KmsError {
  return new KmsError('INVALID_REQUEST', 'The last message of the caller is cut off.');
}

function ignore(): void {}

const withTrailers = { waitForTrailers: true } as const;
const okTrailers = { 'grpc-status': 0 };
const millisecondsOf = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
]);
/** Timers take no more; a call that is still there then is ended early. */
const greatestTimerMs = 2 ** 31 - 1;
