import { type ServerHttp2Stream, constants } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import { CallExpired, KmsError } from '../errors.ts';
import { tooMuchInFlight } from './held-bytes.ts';
import { type InFlightBytes, memoryPerByte, smallMessageBytes } from './in-flight-bytes.ts';
import { MessageFraming } from './message-framing.ts';
import { type FailedStatus, responseHeaders, trailersOf } from './status.ts';

export interface MessageGateParts {
  readonly inFlight: InFlightBytes;
  /** What is longer is left to what serves the stream, which refuses it with a reason even after its headers. */
  readonly maxMessageBytes: number;
  /** What a request of a method may have; longer ones are refused here, before they come. */
  readonly maxRequestBytes: (path: string) => number;
  /** Milliseconds that never jump. */
  readonly elapsed: () => number;
  readonly encodeStatus: (error: unknown) => FailedStatus;
  /** Told of each call that is answered here, before it is served. */
  readonly refused: (path: string, error: KmsError | CallExpired) => void;
  /** Methods whose streams may be silent between messages for as long as they like. */
  readonly longLived: ReadonlySet<string>;
}

/**
 * Stands before what serves streams and reads how long each message is before its bytes come: a large one has to wait until there is memory
 * for it, and no longer than allowed; meanwhile HTTP/2 holds its sender back. It also ends streams whose requests do not
 * arrive, and those whose answers are not taken.
 */
export class MessageGate {
  readonly #parts: MessageGateParts;
  readonly #open = new Set<GatedStream>();
  readonly #sweeping: NodeJS.Timeout;

  constructor(parts: MessageGateParts) {
    this.#parts = parts;
    this.#sweeping = setInterval(() => this.sweep(), sweepMs).unref();
  }

  /** Call it before anybody else sees the stream. */
  pass(stream: ServerHttp2Stream, path: string): void {
    const gated = new GatedStream(stream, path, this.#parts);
    this.#open.add(gated);
    // As little as can be, since it happens for every small call: no `once`, and all else when the stream lasts.
    stream.on('data', (chunk: Buffer) => gated.read(chunk));
    stream.on('close', () => {
      this.#open.delete(gated);
      gated.letGo();
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

/** One stream: how far its messages have come, what it holds, and how far its answers have gone. */
class GatedStream {
  readonly #stream: ServerHttp2Stream;
  readonly #path: string;
  readonly #parts: MessageGateParts;
  readonly #isLongLived: boolean;
  readonly #maxRequestBytes: number;
  readonly #framing = new MessageFraming();
  /** That the message has come in so far. */
  #pieces = 0;
  /** Memory for the message that is coming. */
  #held = 0;
  /** Set while it waits for that memory. */
  #withdraw: (() => void) | undefined;
  #isPaused = false;
  /** Set while the caller owes bytes. */
  #owesSince: number | undefined;
  /** Bytes of answers in all, as far as they had not left at the first sweep; and those that must have left at `#takenBy`. */
  #written: number | undefined;
  #mustBeTaken = 0;
  #takenBy = 0;
  /** At the last sweep. */
  #wasClosed = false;

  constructor(stream: ServerHttp2Stream, path: string, parts: MessageGateParts) {
    this.#stream = stream;
    this.#path = path;
    this.#parts = parts;
    this.#isLongLived = parts.longLived.has(path);
    this.#maxRequestBytes = parts.maxRequestBytes(path);
    this.#owesSince = this.#isLongLived ? undefined : parts.elapsed();
  }

  read(chunk: Buffer): void {
    if (this.#stream.writableEnded) {
      // It is answered, and what still comes is dropped.
      this.letGo();
      return;
    }
    const framing = this.#framing;
    if (this.#isOverLimit()) return;
    for (let at = 0; at < chunk.length;) {
      at = framing.advance(chunk, at);
      if (framing.isCompressed) {
        this.#refuse(isCompressed(), compressed);
        return;
      }
      if (this.#isOverLimit()) {
        // Beyond the other limit what serves the stream refuses it, by the same prefix.
        if (framing.length <= this.#parts.maxMessageBytes) this.#refuse(tooLong(this.#maxRequestBytes));
        return;
      }
      if (framing.isBetween) this.#completed();
    }
    if (!framing.isBetween) this.#incomplete();
    if (!this.#isLongLived && this.#stream.writableLength > maxUntakenBytes) this.#refuse(notTaken());
  }

  letGo(): void {
    this.#withdraw?.();
    this.#withdraw = undefined;
    const held = this.#held;
    this.#held = 0;
    // The next listener has the message; what takes it counts it.
    if (held > 0) setImmediate(() => this.#parts.inFlight.release(held));
  }

  endIfSlow(): void {
    if (this.#stream.closed) {
      this.#endIfLeft();
      return;
    }
    const now = this.#parts.elapsed();
    // Who is answered owes the end of the request, also of a stream that may be silent.
    if (this.#stream.writableEnded) this.#owesSince ??= now;
    // Who is not read from cannot send.
    if (this.#owesSince !== undefined && this.#stream.isPaused()) this.#owesSince = now;
    const untakenBytes = this.#stream.writableLength;
    const written = this.#countWrites(untakenBytes);
    if (this.#owesTooLong(now)) {
      this.#refuse(new CallExpired('DEADLINE_EXCEEDED'), slowRequest);
    } else if (written - untakenBytes >= this.#mustBeTaken) {
      this.#mustBeTaken = written;
      this.#takenBy = now + allowedMs(untakenBytes);
    } else if (now > this.#takenBy) {
      this.#refuse(notTaken());
    }
  }

  /** A stream that its caller reset without an error waits for what nobody will read or take, even when the connection is gone. */
  #endIfLeft(): void {
    if (this.#wasClosed) this.#stream.destroy();
    this.#wasClosed = true;
  }

  #owesTooLong(now: number): boolean {
    const isWaiting = this.#withdraw !== undefined;
    if (isWaiting || this.#owesSince === undefined || this.#stream.readableEnded) return false;
    return now - this.#owesSince > allowedMs(Math.min(this.#framing.length, this.#parts.maxMessageBytes));
  }

  /** A stream does not tell what has been written to it. */
  #countWrites(untakenBytes: number): number {
    if (this.#written !== undefined) return this.#written;
    const stream = this.#stream;
    const write = stream.write.bind(stream);
    let written = untakenBytes;
    stream.write = (chunk: Buffer, ...rest: []) => {
      this.#written = written += chunk.length;
      return write(chunk, ...rest);
    };
    this.#written = written;
    return written;
  }

  #completed(): void {
    this.letGo();
    this.#pieces = 0;
    if (this.#isLongLived) this.#owesSince = undefined;
  }

  #incomplete(): void {
    this.#owesSince ??= this.#parts.elapsed();
    this.#pieces += 1;
    if (this.#pieces > freePieces + this.#framing.length / leastPieceBytes) {
      this.#refuse(tooManyPieces());
      return;
    }
    if (this.#withdraw !== undefined) {
      // Only now, within a message, when what serves the stream wants to read on: so that whoever pauses is the one to resume.
      this.#isPaused = true;
      this.#stream.pause();
    } else if (this.#held === 0 && this.#framing.missing > smallMessageBytes && !this.#isOverLimit()) {
      this.#wait(memoryPerByte * this.#framing.length);
    }
  }

  #isOverLimit(): boolean {
    return this.#framing.length > this.#maxRequestBytes;
  }

  #wait(bytes: number): void {
    let isAnswered = false;
    const withdraw = this.#parts.inFlight.request(bytes, {
      granted: () => {
        isAnswered = true;
        this.#withdraw = undefined;
        this.#held = bytes;
        this.#owesSince = this.#parts.elapsed();
        if (this.#isPaused) this.#stream.resume();
        this.#isPaused = false;
      },
      refused: () => {
        isAnswered = true;
        this.#withdraw = undefined;
        this.#refuse(tooMuchInFlight());
      },
    });
    if (!isAnswered) this.#withdraw = withdraw;
  }

  /** Answers a stream that is not answered yet, and ends it; one that is answered is reset. */
  #refuse(error: KmsError | CallExpired, refusal: FailedStatus = this.#parts.encodeStatus(error)): void {
    const stream = this.#stream;
    if (stream.closed) {
      stream.resume();
      return;
    }
    if (stream.headersSent) {
      // Clients of gRPC read this as RESOURCE_EXHAUSTED.
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    } else {
      stream.respond({ ...responseHeaders, ...trailersOf(refusal) }, { endStream: true });
      stream.close(constants.NGHTTP2_NO_ERROR);
      this.#parts.refused(this.#path, error);
    }
    // What has come and was not read keeps a closed stream in memory.
    stream.resume();
  }
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
/** The code that gRPC has for it. */
const compressed: FailedStatus = {
  code: status.UNIMPLEMENTED,
  details: 'Compressed messages are not taken; send with the encoding identity.',
  metadata: new Metadata(),
};

/** A small message may become a thousand times larger, and keys and ciphertexts do not become smaller. */
function isCompressed(): KmsError {
  return new KmsError('INVALID_REQUEST', compressed.details);
}

function tooLong(maxRequestBytes: number): KmsError {
  return new KmsError('INVALID_REQUEST', `A request of this call has at most ${maxRequestBytes} bytes.`);
}

/** Each costs a hundred bytes of memory, and time, whatever it carries. */
function tooManyPieces(): KmsError {
  return new KmsError('INVALID_REQUEST', 'A message comes in too many pieces: send DATA frames of 256 bytes at least.');
}

function notTaken(): KmsError {
  return new KmsError('THROTTLED', 'The caller does not take the answers.');
}

/** Of a stream that asks on while it does not take the answers; those of Exchange hold themselves back. */
const maxUntakenBytes = 1024 * 1024;
const sweepMs = 5_000;
/** Pieces of a message beyond these must be of so many bytes on average. */
const freePieces = 256;
const leastPieceBytes = 256;
