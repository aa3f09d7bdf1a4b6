import { EventEmitter } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { Server } from 'node:tls';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Handshakes } from '../../src/tls/handshakes.ts';

let server: EventEmitter;
let handshakes: Handshakes;
let events: string[];
let port: number;

beforeEach(() => {
  server = new EventEmitter();
  events = [];
  port = 0;
  handshakes = new Handshakes(server as Server, {
    failed: () => events.push('failed'),
    unverified: ({ problem, remoteAddress }) => events.push(`unverified ${remoteAddress}: ${problem}`),
    crowdedOut: () => events.push('crowded out'),
  });
  setTime(0);
});
afterEach(() => vi.restoreAllMocks());

it('do not crowd each other out in their first seconds', () => {
  const sockets = begin(3000);
  expect(ended(sockets)).toBe(0);
  setTime(2999);
  sockets.push(...begin(10));
  expect(ended(sockets)).toBe(0);
  setTime(3000);
  begin(10);
  expect(sockets.slice(0, 10).every(({ destroyed }) => destroyed)).toBe(true);
  expect([ended(sockets), events]).toEqual([10, Array.from({ length: 10 }, () => 'crowded out')]);
});

it('count no more when they are finished, or their connection is closed', () => {
  const sockets = begin(2048);
  setTime(5000);
  server.emit('secureConnection', { remoteAddress: '10.0.0.1', remotePort: sockets[0]?.remotePort });
  sockets[1]?.destroy();
  begin(2);
  expect([ended(sockets.slice(2)), events]).toEqual([0, ['failed']]);
  begin(1);
  expect([sockets[0]?.destroyed, sockets[2]?.destroyed]).toEqual([false, true]);
});

it('end when they are told to, and those that are finished do not', () => {
  const [finished, open] = begin(2);
  server.emit('secureConnection', { remoteAddress: '10.0.0.1', remotePort: finished?.remotePort });
  handshakes.endAll();
  expect([finished?.destroyed, open?.destroyed]).toEqual([false, true]);
});

it('fail for their own reasons or for those of the certificate', () => {
  const [one, two] = begin(2);
  fail(one!, null);
  fail(two!, 'CERT_HAS_EXPIRED');
  expect([events, one?.destroyed, two?.destroyed]).toEqual([['failed', 'unverified 10.0.0.1: CERT_HAS_EXPIRED'], true, true]);
});

function fail(socket: FakeSocket, authorizationError: string | null): void {
  socket.isTold = true;
  server.emit('tlsClientError', new Error('something'), Object.assign(socket, { authorizationError }));
}

class FakeSocket extends EventEmitter {
  readonly remoteAddress = '10.0.0.1';
  readonly remotePort = (port += 1);
  readonly authorizationError: string | null = null;
  destroyed = false;
  /** Whether the server has been told that its handshake failed, as Node does also when its connection is closed. */
  isTold = false;

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
    if (!this.isTold) server.emit('tlsClientError', Object.assign(new Error('hang up'), { code: 'ECONNRESET' }), this);
  }
}

function begin(count: number): FakeSocket[] {
  return Array.from({ length: count }, () => {
    const socket = new FakeSocket();
    server.emit('connection', socket);
    return socket;
  });
}

function ended(sockets: readonly FakeSocket[]): number {
  return sockets.filter(({ destroyed }) => destroyed).length;
}

function setTime(now: number): void {
  vi.spyOn(performance, 'now').mockReturnValue(now);
}
