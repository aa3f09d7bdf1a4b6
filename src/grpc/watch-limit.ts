import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import { type FailedStatus, responseHeaders, trailersOf } from './status.ts';

/**
 * Refuses a Watch of grpc.health.v1.Health beyond what a client needs: it asks nobody who they are, and lasts as long as its connection.
 * Answers true for a stream that it has answered.
 */
export class WatchLimit {
  readonly #maxWatches: number;
  readonly #ofConnections = new WeakMap<Http2Session, number>();
  #all = 0;

  /** In all; of a connection it may be a few. */
  constructor(maxWatches = maxWatchesInAll) {
    this.#maxWatches = maxWatches;
  }

  refused(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    const { session } = stream;
    if (headers[':path'] !== watchPath || session === undefined) return false;
    if (this.#all >= this.#maxWatches || this.#of(session) >= maxWatchesOfConnection) {
      refuse(stream);
      return true;
    }
    this.#count(session, 1);
    stream.once('close', () => this.#count(session, -1));
    return false;
  }

  #of(session: Http2Session): number {
    return this.#ofConnections.get(session) ?? 0;
  }

  #count(session: Http2Session, more: number): void {
    this.#all += more;
    this.#ofConnections.set(session, this.#of(session) + more);
  }
}

function refuse(stream: ServerHttp2Stream): void {
  stream.on('error', ignore);
  stream.respond({ ...responseHeaders, ...trailersOf(tooMany) }, { endStream: true });
  // What it carries is dropped; the gate ends who goes on sending.
  stream.resume();
}

function ignore(): void {}

const tooMany: FailedStatus = {
  code: status.RESOURCE_EXHAUSTED,
  details: 'There are too many calls of Watch; share one, or call Check.',
  metadata: new Metadata(),
};
const watchPath = '/grpc.health.v1.Health/Watch';
/** Enough for one of each service. */
export const maxWatchesOfConnection = 8;
/** As many as connections of a listener: clients that watch make one each. */
export const maxWatchesInAll = 8192;
