import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Server, TLSSocket } from 'node:tls';
import { type UnverifiedCertificate, unverifiedCertificate } from './client-certificate.ts';

export interface HandshakeReport {
  /** A client did not come through its handshake: what it sent is no TLS, or not what is accepted, or it was too slow. */
  failed(): void;
  /** Its certificate is not accepted. */
  unverified(refused: UnverifiedCertificate): void;
  /** It had to make room for others. */
  crowdedOut(): void;
}

/** The connections of one server that have not finished their TLS handshake: anybody can make them, at little cost. */
export class Handshakes {
  readonly #report: HandshakeReport | undefined;
  /** By the other end's address, which both the socket and TLS on it know; the oldest first. */
  readonly #open = new Map<string, Handshake>();

  /** Of which Node has not told yet that they failed. */
  #crowdedOut = 0;

  constructor(server: Server, report?: HandshakeReport) {
    this.#report = report;
    server.on('connection', (socket: Socket) => this.#begin(socket));
    server.on('secureConnection', (socket: TLSSocket) => this.#open.delete(endOf(socket)));
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      this.#ended(error, socket);
      socket.destroy();
    });
  }

  /** Ends those that are under way, which began with authorities that are not trusted any more. */
  endAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  #ended({ code }: NodeJS.ErrnoException, socket: TLSSocket): void {
    if (this.#crowdedOut > 0 && code === 'ECONNRESET') {
      this.#crowdedOut -= 1;
      this.#report?.crowdedOut();
    } else {
      // Where a certificate is required, Node ends the connection after the handshake.
      const refused = unverifiedCertificate(socket);
      if (refused === undefined) this.#report?.failed();
      else this.#report?.unverified(refused);
    }
  }

  #begin(socket: Socket): void {
    const end = endOf(socket);
    const begunAt = performance.now();
    this.#open.set(end, { socket, begunAt });
    socket.once('close', () => {
      if (this.#open.get(end)?.socket === socket) this.#open.delete(end);
    });
    if (this.#open.size > maxHandshakes) this.#crowdOut(begunAt);
  }

  /** Whoever is in earnest is soon through: the oldest is the one to go, not the newest. */
  #crowdOut(now: number): void {
    const [oldest] = this.#open.values();
    if (oldest === undefined || now - oldest.begunAt < leastHandshakeMs) return;
    this.#crowdedOut += 1;
    oldest.socket.destroy();
  }
}

interface Handshake {
  readonly socket: Socket;
  /** By `performance.now()`. */
  readonly begunAt: number;
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** 90 MiB of them. A handshake costs a millisecond, so that many take two seconds when they begin together. */
export const maxHandshakes = 2048;
/** So that a crowd of clients that come back after a restart do not crowd each other out while they wait for their turn. */
export const leastHandshakeMs = 3_000;
