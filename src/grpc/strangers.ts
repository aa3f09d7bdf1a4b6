import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { addressGroup } from '../identity/address-group.ts';

export interface StrangerBounds {
  readonly maxConnections: number;
  /** Open at once, on all these connections together. */
  readonly maxStreams: number;
}

/**
 * The connections of one listener that are nobody's yet: no call on them has come from somebody. Anybody can make them, so they have places
 * for a part of all connections only, and are the ones to go when there are too many: the address that has the most of them loses its
 * oldest, so that few from elsewhere, such as a load balancer's probes, stay. Of too many streams, the connection with the most ends.
 */
export class Strangers {
  readonly #bounds: StrangerBounds;
  readonly #addresses = new Map<string, Set<ServerHttp2Session>>();
  readonly #places = new Map<ServerHttp2Session, Place>();
  #streams = 0;

  constructor(bounds: StrangerBounds) {
    this.#bounds = bounds;
  }

  /** Answers whether one had to go for it. */
  add(session: ServerHttp2Session, remoteAddress: string | undefined): boolean {
    const address = addressGroup(remoteAddress ?? '');
    this.#places.set(session, { address, streams: 0 });
    const sessions = this.#addresses.get(address) ?? new Set();
    this.#addresses.set(address, sessions.add(session));
    if (this.#places.size <= this.#bounds.maxConnections) return false;
    this.endOne();
    return true;
  }

  /** A stream has begun. Answers whether a connection had to go for it. */
  addStream(session: ServerHttp2Session, stream: ServerHttp2Stream): boolean {
    const place = this.#places.get(session);
    if (place === undefined) return false;
    place.streams += 1;
    this.#streams += 1;
    stream.once('close', () => {
      if (this.#places.get(session) !== place) return;
      place.streams -= 1;
      this.#streams -= 1;
    });
    if (this.#streams <= this.#bounds.maxStreams) return false;
    this.#endWithMostStreams();
    return true;
  }

  /** It is somebody's now, or gone. */
  delete(session: ServerHttp2Session): void {
    const place = this.#places.get(session);
    if (place === undefined) return;
    this.#places.delete(session);
    this.#streams -= place.streams;
    const sessions = this.#addresses.get(place.address);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#addresses.delete(place.address);
  }

  /** Ends the oldest of the address with the most. */
  endOne(): void {
    let most: ReadonlySet<ServerHttp2Session> = new Set();
    for (const sessions of this.#addresses.values()) if (sessions.size > most.size) most = sessions;
    const [oldest] = most;
    if (oldest !== undefined) this.#end(oldest);
  }

  #endWithMostStreams(): void {
    let most: readonly [ServerHttp2Session, Place] | undefined;
    for (const entry of this.#places) if (entry[1].streams > (most?.[1].streams ?? 0)) most = entry;
    if (most !== undefined) this.#end(most[0]);
  }

  #end(session: ServerHttp2Session): void {
    this.delete(session);
    session.destroy();
  }
}

interface Place {
  readonly address: string;
  streams: number;
}
