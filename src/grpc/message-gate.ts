import { type ServerHttp2Stream, constants } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import type { InFlightBytes } from './in-flight-bytes.ts';
import { smallMessageBytes, tooMuchInFlight } from './held-bytes.ts';
import type { FailedStatus } from './status.ts';

export interface MessageGateParts {
  readonly inFlight: InFlightBytes;
  readonly maxMessageBytes: number;
  /** Milliseconds that never jump. */
  readonly elapsed: () => number;
  readonly encodeStatus: (error: unknown) => FailedStatus;
  /** Methods whose streams may be silent for as long as they like. */
  readonly longLived: ReadonlySet<string>;
}

/**
 * Stands before gRPC and reads how long each message is before its bytes come: a large one has to wait until there is memory
 * for it, and no longer than allowed; meanwhile HTTP/2 holds its sender back. It also ends streams whose message does not
 * arrive, and those whose answer is not taken.
 */
export class MessageGate {
  readonly parts: MessageGateParts;
  readonly #open = new Set<GatedStream>();
  readonly #sweeping: NodeJS.Timeout;

  constructor(parts: MessageGateParts) {
    this.parts = parts;
    this.#sweeping = setInterval(() => this.sweep(), sweepMs).unref();
  }

  /** Call it before gRPC sees the stream. */
  pass(stream: ServerHttp2Stream, path: string): void {
    const gated = new GatedStream(stream, this.parts, this.parts.longLived.has(path));
    this.#open.add(gated);
    stream.on('data', (chunk: Buffer) => gated.read(chunk));
    stream.once('close', () => {
      this.#open.delete(gated);
      gated.closed();
    });
  }

  /** Ends what has been too slow. */
  sweep(): void {
    for (const gated of this.#open) gated.endIfSlow();
  }

  close(): void {
    clearInterval(this.#sweeping);
  }
}

/** One stream: where in its messages it is, and what it holds. */
class GatedStream {
  readonly #stream: ServerHttp2Stream;
  readonly #parts: MessageGateParts;
  /** Bytes of a message's prefix that have come, 0 to 4, and its length as far as it is known. */
  #prefixBytes = 0;
  #length = 0;
  /** Bytes of the message that have not come. */
  #missing = 0;
  #held = 0;
  #withdraw: (() => void) | undefined;
  /** Set while the caller owes the rest of a message. */
  #incompleteSince: number | undefined;
  /** Bytes of answers that the caller has not taken, and since when they have not become fewer. */
  #unread = 0;
  #unreadSince = 0;

  constructor(stream: ServerHttp2Stream, parts: MessageGateParts, isLongLived: boolean) {
    this.#stream = stream;
    this.#parts = parts;
    this.#incompleteSince = isLongLived ? undefined : parts.elapsed();
  }

  read(chunk: Buffer): void {
    // gRPC refuses a message over the limit by the same prefix.
    if (this.#length > this.#parts.maxMessageBytes) return;
    let at = 0;
    while (at < chunk.length) {
      if (this.#missing === 0) {
        at = this.#readPrefix(chunk, at);
        if (this.#prefixBytes > 0) break;
        if (this.#length > this.#parts.maxMessageBytes) return;
        this.#missing = this.#length;
      }
      const taken = Math.min(this.#missing, chunk.length - at);
      at += taken;
      this.#missing -= taken;
    }
    if (this.#missing === 0 && this.#prefixBytes === 0) this.#completed();
    else this.#incomplete();
  }

  /** Where the message begins; `#prefixBytes` is 0 when its length is known. */
  #readPrefix(chunk: Buffer, start: number): number {
    let at = start;
    for (; at < chunk.length; at++) {
      // The first byte says whether the message is compressed.
      this.#length = this.#prefixBytes === 0 ? 0 : this.#length * 256 + (chunk[at] ?? 0);
      this.#prefixBytes += 1;
      if (this.#prefixBytes < prefixLength) continue;
      this.#prefixBytes = 0;
      return at + 1;
    }
    return at;
  }

  #completed(): void {
    this.#incompleteSince = undefined;
    if (this.#held === 0) return;
    // gRPC has the message from the next listener on; what takes it counts it.
    const held = this.#held;
    this.#held = 0;
    setImmediate(() => this.#parts.inFlight.release(held));
  }

  #incomplete(): void {
    this.#incompleteSince ??= this.#parts.elapsed();
    if (this.#withdraw !== undefined) this.#stream.pause();
    else if (this.#held === 0 && this.#missing > smallMessageBytes) this.#wait();
  }

  #wait(): void {
    const bytes = memoryPerByte * this.#length;
    let isAnswered = false;
    const withdraw = this.#parts.inFlight.request(bytes, {
      granted: () => {
        isAnswered = true;
        this.#held = bytes;
        this.#incompleteSince = this.#parts.elapsed();
        if (this.#withdraw === undefined) return;
        this.#withdraw = undefined;
        this.#stream.resume();
      },
      refused: () => {
        isAnswered = true;
        this.#withdraw = undefined;
        refuse(this.#stream, this.#parts.encodeStatus(tooMuchInFlight()));
      },
    });
    if (isAnswered) return;
    this.#withdraw = withdraw;
    this.#stream.pause();
  }

  endIfSlow(): void {
    const now = this.#parts.elapsed();
    const isWaiting = this.#withdraw !== undefined;
    if (!isWaiting && this.#incompleteSince !== undefined && now - this.#incompleteSince > allowedMs(this.#length)) {
      refuse(this.#stream, slowRequest);
      return;
    }
    const unread = this.#stream.writableLength;
    if (unread === 0 || unread !== this.#unread) {
      this.#unread = unread;
      this.#unreadSince = now;
    } else if (now - this.#unreadSince > allowedMs(unread)) {
      this.#stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  closed(): void {
    this.#withdraw?.();
    if (this.#held > 0) this.#parts.inFlight.release(this.#held);
    this.#held = 0;
  }
}

/** Answers a stream that gRPC has not answered yet, and ends it; one that it has answered is reset. */
function refuse(stream: ServerHttp2Stream, { code, details, metadata }: FailedStatus): void {
  if (stream.closed || stream.destroyed) return;
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    return;
  }
  const headers = {
    ':status': 200,
    'content-type': 'application/grpc+proto',
    'grpc-status': code,
    'grpc-message': encodeURI(details),
    ...metadata.toHttp2Headers(),
  };
  stream.respond(headers, { endStream: true });
  stream.close(constants.NGHTTP2_NO_ERROR);
}

/** At least 1 MiB a second, and half a minute in any case. */
function allowedMs(bytes: number): number {
  return 30_000 + bytes / 1024;
}

const slowRequest: FailedStatus = {
  code: status.DEADLINE_EXCEEDED,
  details: 'The request did not arrive in the time allowed for its size.',
  metadata: new Metadata(),
};
/** A zero or one for compression, and the length in four bytes, big-endian. */
const prefixLength = 5;
/** gRPC holds a message in the pieces it came in and as a whole, and its answer likewise. */
export const memoryPerByte = 4;
const sweepMs = 5_000;
