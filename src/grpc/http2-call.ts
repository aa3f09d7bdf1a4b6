import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { CallExpired, KmsError, invalidField } from '../errors.ts';
import { hasHeadroom, prefixed } from '../headroom.ts';
import type { CallListener, CallStatus, DirectCall, DirectMethod } from './direct-call.ts';
import { freeBytes } from './free-bytes.ts';
import { MessageReader } from './message-reader.ts';
import { type FailedStatus, responseHeaders, trailersOf } from './status.ts';

export interface DirectOptions {
  /** By their paths. */
  readonly methods: ReadonlyMap<string, DirectMethod>;
  readonly maxMessageBytes: number;
  readonly encodeStatus: (error: unknown) => FailedStatus;
  /** Told of each call that is answered here, beside its method. */
  readonly refused: (path: string, error: KmsError) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Serves methods on the HTTP/2 streams of their calls: what grpc-js makes of a call takes almost as much time as Node's HTTP/2
 * does, and five times the work of an Encrypt (bench/README.md). Answers false for what is left to grpc-js: other methods, and
 * what is not gRPC.
 */
export function servedDirectly(options: DirectOptions): (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean {
  return (stream, headers) => {
    const method = options.methods.get(headers[':path'] ?? '');
    if (method === undefined || !headers['content-type']?.startsWith('application/grpc')) return false;
    const call = new Http2Call(stream, headers, options);
    if (Number.isNaN(call.deadline)) call.refuse(malformedTimeout());
    else method(call);
    return true;
  };
}

/** One call of gRPC on its HTTP/2 stream. That messages are not compressed has been seen to (`MessageGate`). */
class Http2Call implements DirectCall {
  readonly headers: IncomingHttpHeaders;
  /** Not a number when the caller's cannot be read. */
  readonly deadline: number;
  readonly #stream: ServerHttp2Stream;
  readonly #options: DirectOptions;
  readonly #reader: MessageReader;
  readonly #expiring: NodeJS.Timeout | undefined;
  #listener: CallListener | undefined;
  /** Messages of the last chunk that were not asked for. */
  readonly #ready: Buffer[] = [];
  #isWanted = false;
  #isPaused = false;
  #hasHalfClosed = false;
  #isEnded = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, options: DirectOptions) {
    this.headers = headers;
    this.#stream = stream;
    this.#options = options;
    this.#reader = new MessageReader(options.maxMessageBytes);
    const timeoutMs = timeoutOf(headers['grpc-timeout']);
    this.deadline = options.now() + timeoutMs;
    if (Number.isFinite(timeoutMs)) this.#expiring = setTimeout(() => this.#expire(), Math.min(timeoutMs, greatestTimerMs));

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

  startRead(): void {
    this.#isWanted = true;
    this.#handOver();
  }

  sendMessage(message: Buffer, sent: () => void): void {
    const stream = this.#stream;
    if (!this.#isOpen()) return;
    if (!stream.headersSent) stream.respond(responseHeaders, withTrailers);
    const isOwn = hasHeadroom(message);
    const frame = isOwn ? prefixed(prefixOf(message), message) : framed(message);
    stream.write(frame, (error) => {
      if (error) return;
      // Of a stream that was destroyed, bytes may still be on their way to the socket.
      if (isOwn && !stream.destroyed) freeBytes(frame);
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
        if (!stream.closed && !stream.destroyed) stream.sendTrailers(trailers);
      });
      stream.end();
    } else {
      stream.respond({ ...responseHeaders, ...trailers }, { endStream: true });
    }
    // What still comes is dropped.
    if (this.#isPaused) stream.resume();
  }

  /** Ends a call that its method does not end. */
  refuse(error: KmsError): void {
    if (!this.#isOpen()) return;
    this.sendStatus(this.#options.encodeStatus(error));
    this.#options.refused(this.headers[':path'] ?? '', error);
  }

  #isOpen(): boolean {
    return !this.#isEnded && !this.#stream.closed && !this.#stream.destroyed;
  }

  #read(chunk: Buffer): void {
    if (!this.#isOpen()) return;
    const { maxMessageBytes } = this.#options;
    if (!this.#reader.read(chunk, (message) => this.#receive(message))) this.refuse(tooLong(maxMessageBytes));
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
    if (!this.#reader.isBetween) this.refuse(cutOff());
    if (this.#isWanted) this.#handOver();
  }

  #handOver(): void {
    if (this.#isEnded) return;
    const message = this.#ready.shift();
    if (message !== undefined) {
      this.#isWanted = false;
      this.#listener?.onReceiveMessage(message);
    } else if (this.#hasHalfClosed) {
      this.#isWanted = false;
      this.#listener?.onReceiveHalfClose();
    } else if (this.#isPaused) {
      this.#isPaused = false;
      this.#stream.resume();
    }
  }

  #expire(): void {
    this.sendStatus(this.#options.encodeStatus(new CallExpired('DEADLINE_EXCEEDED')));
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

/** Not compressed, and the length. */
function prefixOf(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return prefix;
}

/** A copy behind its prefix, in one piece of memory: two pieces put together take three times as long. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}

function malformedTimeout(): KmsError {
  return invalidField('grpc-timeout', 'must be up to eight digits and one of the units H, M, S, m, u and n.');
}

function tooLong(maxMessageBytes: number): KmsError {
  return new KmsError('LIMIT_EXCEEDED', `A message has at most ${maxMessageBytes} bytes (LATCHKEY_MAX_MESSAGE_BYTES).`);
}

function cutOff(): KmsError {
  return new KmsError('INVALID_REQUEST', 'The last message of the caller is cut off.');
}

function ignore(): void {}

const prefixBytes = 5;
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
