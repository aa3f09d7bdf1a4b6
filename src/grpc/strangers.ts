import type { ServerHttp2Session } from 'node:http2';
import { addressGroup } from '../identity/address-group.ts';

/**
 * The connections of one listener that are nobody's yet: no call on them has come from somebody. Anybody can make them, so they have places
 * for a part of all connections only, and are the ones to go when there are too many: the address that has the most of them loses its
 * oldest, so that few from elsewhere, such as a load balancer's probes, stay.
 */
export class Strangers {
  readonly #maxConnections: number;
  readonly #addresses = new Map<string, Set<ServerHttp2Session>>();
  readonly #addressOf = new Map<ServerHttp2Session, string>();

  constructor(maxConnections: number) {
    this.#maxConnections = maxConnections;
  }

  /** Answers whether one had to go for it. */
  add(session: ServerHttp2Session, remoteAddress: string | undefined): boolean {
    const address = addressGroup(remoteAddress ?? '');
    this.#addressOf.set(session, address);
    const sessions = this.#addresses.get(address) ?? new Set();
    this.#addresses.set(address, sessions.add(session));
    if (this.#addressOf.size <= this.#maxConnections) return false;
    this.endOne();
    return true;
  }

  /** It is somebody's now, or gone. */
  delete(session: ServerHttp2Session): void {
    const address = this.#addressOf.get(session);
    if (address === undefined) return;
    this.#addressOf.delete(session);
    const sessions = this.#addresses.get(address);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#addresses.delete(address);
  }

  /** Ends the oldest of the address with the most. */
  endOne(): void {
    let most: ReadonlySet<ServerHttp2Session> = new Set();
    for (const sessions of this.#addresses.values()) if (sessions.size > most.size) most = sessions;
    const [oldest] = most;
    if (oldest === undefined) return;
    this.delete(oldest);
    oldest.destroy();
  }
}
