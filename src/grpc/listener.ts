import type { X509Certificate } from 'node:crypto';
import type { Http2SecureServer, Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Server as TlsServer, type TLSSocket } from 'node:tls';
import { inBoth, trustedPath } from '../tls/client-chain.ts';
import {
  type UnverifiedCertificate,
  hasUnverifiedCertificate,
  presentedBy,
  unverifiedCertificate,
} from '../tls/client-certificate.ts';
import { Handshakes } from '../tls/handshakes.ts';
import type { ReloadingTls } from '../tls/reloading-tls.ts';
import type { TlsMaterial } from '../tls/tls-material.ts';
import { handshakeOptions, secureContextOptions } from '../tls/tls-options.ts';
import { onAdmission } from './admission.ts';
import { endWithAge } from './connection-age.ts';
import type { OpenExchanges } from './open-exchanges.ts';
import { type Peer, rememberPeer } from './peer.ts';
import { Strangers } from './strangers.ts';
import { ListenerCredentials, type TransportListener } from './transport.ts';

export interface ListenerParts {
  /** As it was configured: `host:port` or `unix:/path`. */
  readonly address: string;
  /** Absent: plaintext. */
  readonly tls: ReloadingTls | undefined;
  readonly maxAgeMs: number;
  readonly exchanges: OpenExchanges;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly report: ConnectionReport;
}

export interface ConnectionReport {
  refused(reason: RefusedConnection): void;
  /** Beside `refused('CLIENT_CERTIFICATE')`: what was wrong with it. */
  unverified(listener: string, refused: UnverifiedCertificate): void;
  /** Authorities of clients are not trusted any more, and these connections were ended with them. */
  distrusted(listener: string, connections: number): void;
}

/** Why a connection was not accepted, or ended before anybody was let in on it. */
export type RefusedConnection = 'HANDSHAKE' | 'CLIENT_CERTIFICATE' | 'PROTOCOL' | 'SILENT' | 'TOO_MANY';

/** One address, and the connections that came to it. */
export class Listener implements TransportListener {
  readonly credentials: ListenerCredentials;
  readonly #parts: ListenerParts;
  readonly #connections = new Map<ServerHttp2Session, Connection>();
  readonly #strangers = new Strangers({ maxConnections: maxStrangers, maxStreams: maxStrangersStreams });
  #handshakes: Handshakes | undefined;
  /** That OpenSSL verifies with. */
  #authorities: readonly X509Certificate[] = [];

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    const { tls } = parts;
    if (tls === undefined) {
      this.credentials = new ListenerCredentials(this);
      return;
    }
    const context = secureContextOptions(tls.current, tls.settings);
    this.credentials = new ListenerCredentials(this, { handshake: handshakeOptions(tls.settings), context });
    this.#authorities = tls.current.clientAuthorities;
    tls.onChange((material) => this.#reload(material, tls));
  }

  get size(): number {
    return this.#connections.size;
  }

  onServer(server: Http2Server | Http2SecureServer): void {
    const { report, address } = this.#parts;
    const unverified = (refused: UnverifiedCertificate | undefined) => {
      report.refused('CLIENT_CERTIFICATE');
      if (refused !== undefined) report.unverified(address, refused);
    };
    server.maxConnections = maxConnections;
    server.on('drop', () => {
      report.refused('TOO_MANY');
      // Room for the next, at the cost of who is nobody.
      this.#strangers.endOne();
    });
    if (!(server instanceof TlsServer)) return;
    this.#handshakes = new Handshakes(server, {
      failed: () => report.refused('HANDSHAKE'),
      unverified,
      crowdedOut: () => report.refused('TOO_MANY'),
    });
    // Before SETTINGS are sent, which Node does in a later turn: clients that have seen them take the connection for a good one, and retry
    // at once.
    server.on('secureConnection', (socket: TLSSocket) => {
      if (!hasUnverifiedCertificate(socket)) return;
      unverified(unverifiedCertificate(socket));
      socket.destroy();
    });
    // It does not offer HTTP/2; Node would explain that to it and wait for ten seconds.
    server.on('unknownProtocol', (socket) => {
      report.refused('PROTOCOL');
      socket.destroy();
    });
  }

  onSession(session: ServerHttp2Session): void {
    const { report, maxAgeMs, exchanges, now } = this.#parts;
    session.on('error', () => report.refused('PROTOCOL'));
    const socket = session.encrypted ? (session.socket as TLSSocket) : undefined;
    // Its socket is destroyed in this turn.
    if (socket !== undefined && hasUnverifiedCertificate(socket)) return;
    const connection = this.#connectionOf(session, socket);
    rememberPeer(session, connection.peer);
    this.#connections.set(session, connection);
    session.once('close', () => {
      this.#connections.delete(session);
      this.#strangers.delete(session);
    });
    const { certificate } = connection.peer;
    const lifeMs = certificate === undefined ? Infinity : Math.max(0, certificate.validToDate.getTime() - now());
    endWithAge(session, { maxAgeMs, lifeMs, exchanges });
    this.#awaitCall(session);
    this.#countStreams(session, connection.peer);
    if (this.#strangers.add(session, connection.peer.remoteAddress)) report.refused('TOO_MANY');
  }

  /** Ends the connections whose peers are not to stay, and their streams with them. Answers how many. */
  closeWhere(mustClose: (peer: Peer) => boolean): number {
    const closing = [...this.#connections].filter(([, { peer }]) => mustClose(peer));
    for (const [session] of closing) session.destroy();
    return closing.length;
  }

  #connectionOf(session: ServerHttp2Session, socket: TLSSocket | undefined): Connection {
    const certificate = socket?.getPeerX509Certificate();
    const peer: Peer = {
      listener: this.#parts.address,
      remoteAddress: session.socket.remoteAddress,
      isEncrypted: socket !== undefined,
      certificate,
    };
    return { peer, presented: presentedBy(certificate), authorities: this.#authorities };
  }

  /** Most clients connect when they have a call to make. */
  #awaitCall(session: ServerHttp2Session): void {
    const waiting = setTimeout(() => {
      this.#parts.report.refused('SILENT');
      session.destroy();
    }, maxSilenceMs).unref();
    const heard = (): void => clearTimeout(waiting);
    session.once('stream', heard);
    session.once('close', heard);
  }

  /** Until somebody is let in. */
  #countStreams(session: ServerHttp2Session, peer: Peer): void {
    const count = (stream: ServerHttp2Stream): void => {
      if (this.#strangers.addStream(session, stream)) this.#parts.report.refused('TOO_MANY');
    };
    session.on('stream', count);
    onAdmission(peer, () => {
      session.off('stream', count);
      this.#strangers.delete(session);
    });
  }

  #reload(material: TlsMaterial, { settings }: ReloadingTls): void {
    const before = this.#authorities;
    this.credentials.setContext(secureContextOptions(material, settings));
    this.#authorities = material.clientAuthorities;
    // With all of them still there, every chain that was verified still verifies.
    if (inBoth(before, material.clientAuthorities).length === before.length) return;
    // OpenSSL would let them through with the authorities that they began with.
    this.#handshakes?.endAll();
    void this.#closeDistrusted();
  }

  /** A signature costs some 50 µs to verify, so not all at once. */
  async #closeDistrusted(): Promise<void> {
    let closed = 0;
    let looked = 0;
    for (const [session, connection] of this.#connections) {
      if (looked++ % connectionsATurn === connectionsATurn - 1) await nextTurn();
      if (this.#isTrusted(connection)) continue;
      closed += 1;
      session.destroy();
    }
    this.#parts.report.distrusted(this.#parts.address, closed);
  }

  /** By the authorities that were there when OpenSSL verified it and still are. */
  #isTrusted({ peer: { certificate }, presented, authorities }: Connection): boolean {
    if (certificate === undefined) return true;
    const trust = { authorities: inBoth(authorities, this.#authorities), presented, now: this.#parts.now() };
    return trustedPath(certificate, trust) !== undefined;
  }
}

interface Connection {
  readonly peer: Peer;
  /** Beside its own certificate. */
  readonly presented: readonly X509Certificate[];
  /** That its certificate was verified with. */
  readonly authorities: readonly X509Certificate[];
}

/** An idle one costs 45 KiB with TLS, so all of them some 360 MiB. */
export const maxConnections = 8192;
/** Of them on which nobody was let in so far. With handshakes, they leave a quarter to whoever is somebody. */
export const maxStrangers = 4096;
/** On those together: one takes 12 KiB while it is open. */
export const maxStrangersStreams = 4096;
export const maxSilenceMs = 60_000;
const connectionsATurn = 64;
