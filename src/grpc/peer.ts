import type { Http2Session } from 'node:http2';
import type { Connection } from '../identity/credentials.ts';

/** Who is at the other end of a connection, as far as the connection tells. */
export type Peer = Connection;

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
