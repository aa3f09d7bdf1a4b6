import type { X509Certificate } from 'node:crypto';
import type { Http2Session } from 'node:http2';

/** Who is at the other end of a connection, as far as the connection tells. */
export interface Peer {
  /** The address that it came to, as it was configured: `host:port` or `unix:/path`. */
  readonly listener: string;
  /** Undefined on a Unix socket. */
  readonly remoteAddress: string | undefined;
  readonly isEncrypted: boolean;
  /** The client's, verified. Undefined when it has shown none, which its listener must allow. */
  readonly certificate: X509Certificate | undefined;
}

/** The peer of a connection that a listener of this service has accepted. */
export function peerOf(session: Http2Session): Peer {
  const peer = peers.get(session);
  if (peer === undefined) throw new Error('The connection was not accepted by a listener of this service.');
  return peer;
}

export function rememberPeer(session: Http2Session, peer: Peer): void {
  peers.set(session, peer);
}

const peers = new WeakMap<Http2Session, Peer>();
