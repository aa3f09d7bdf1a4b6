import { EventEmitter } from 'node:events';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** The stream of a call, as far as the gate looks at it: chunks wait while it is paused, and what is written waits to be taken. */
export class FakeHttp2Stream extends EventEmitter {
  closed = false;
  destroyed = false;
  headersSent = false;
  readableEnded = false;
  writableEnded = false;
  writableLength = 0;
  readableFlowing = true;
  rstCode: number | undefined;
  response: OutgoingHttpHeaders | undefined;
  readonly #waiting: Buffer[] = [];

  get asServerStream(): ServerHttp2Stream {
    return this as unknown as ServerHttp2Stream;
  }

  /** Bytes of the caller come. */
  arrive(...chunks: readonly Buffer[]): void {
    this.#waiting.push(...chunks);
    this.#flow();
  }

  /** The caller will send no more. */
  halfClose(): void {
    this.readableEnded = true;
    this.emit('end');
  }

  /** The caller takes answers. */
  take(bytes: number): void {
    this.writableLength -= bytes;
  }

  isPaused(): boolean {
    return !this.readableFlowing;
  }

  pause(): void {
    this.readableFlowing = false;
  }

  resume(): void {
    this.readableFlowing = true;
    this.#flow();
  }

  write(chunk: Buffer): boolean {
    this.headersSent = true;
    this.writableLength += chunk.length;
    return true;
  }

  respond(headers: OutgoingHttpHeaders): void {
    if (this.headersSent) throw new Error('The headers are sent already.');
    this.headersSent = true;
    this.writableEnded = true;
    this.response = headers;
  }

  close(code: number): void {
    this.closed = true;
    this.rstCode = code;
    this.emit('close');
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  #flow(): void {
    while (this.readableFlowing) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) return;
      this.emit('data', chunk);
    }
  }
}
