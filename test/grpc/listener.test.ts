import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type Http2Server,
  type ServerHttp2Session,
  createServer,
  connect as connectHttp2,
} from 'node:http2';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { notingAdmissions } from '../../src/grpc/admission.ts';
import { Listener } from '../../src/grpc/listener.ts';
import { OpenExchanges } from '../../src/grpc/open-exchanges.ts';
import { peerOf } from '../../src/grpc/peer.ts';
import type { Pipeline } from '../../src/pipeline.ts';
import { localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';
import { clientPreface } from '../security/http2-frames.ts';
import { openTlsDoor } from './tls-door.ts';

/** What peers can hold who have not made a call. */
let server: Http2Server;
let listener: Listener;
let events: string[];
const sockets: Socket[] = [];

beforeEach(async () => {
  events = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  listener = new Listener({
    address: '127.0.0.1:0',
    tls: undefined,
    maxAgeMs: 3_600_000,
    exchanges: new OpenExchanges(),
    now: Date.now,
    report: { refused: (reason) => events.push(reason), unverified: () => undefined, distrusted: () => undefined },
  });
  server = createServer();
  listener.onServer(server);
  server.on('session', (session) => listener.onSession(session));
  const { admit } = notingAdmissions({ admit: () => ({}) } as unknown as Pipeline);
  server.on('stream', (stream, headers) => {
    if (headers[':path'] === '/admitted') void admit({ authorization: [], connection: peerOf(stream.session!) });
    stream.respond({}, { endStream: true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  vi.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});
afterAll(removeCertificates);

it('a connection without a call is ended after a minute, and one with a call is not', async () => {
  const [silent, greeting] = [await open(), await open()];
  greeting.write(clientPreface());
  const session = connectHttp2(url());
  await answered(session, '/');
  await expect.poll(() => listener.size).toBe(3);
  vi.advanceTimersByTime(59_000);
  expect(events).toEqual([]);
  vi.advanceTimersByTime(2_000);
  await Promise.all([closed(silent), closed(greeting)]);
  expect([events, listener.size, session.closed]).toEqual([['SILENT', 'SILENT'], 1, false]);
  session.destroy();
});

it('a peer is known by its connection, and only by one that a listener has accepted', async () => {
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  await open();
  await expect.poll(() => sessions.length).toBe(1);
  const peer = { listener: '127.0.0.1:0', remoteAddress: '127.0.0.1', isEncrypted: false, certificate: undefined };
  expect(peerOf(sessions[0]!)).toEqual(peer);
  expect(() => peerOf({} as ServerHttp2Session)).toThrow(/not accepted/);
});

it('when there are too many, the oldest without a call makes room', async () => {
  expect(server.maxConnections).toBeGreaterThan(1000);
  server.maxConnections = 2;
  const [first, second] = [await open(), await open()];
  await expect.poll(() => listener.size).toBe(2);
  const third = await open();
  await Promise.all([closed(third), closed(first)]);
  expect(events).toEqual(['TOO_MANY']);
  await open();
  await expect.poll(() => listener.size).toBe(2);
  expect(second.destroyed).toBe(false);
});

it('when there are too many, a call alone does not save a connection, and a caller who is known does', async () => {
  server.maxConnections = 2;
  const refused = connectHttp2(url());
  refused.on('error', () => undefined);
  await answered(refused, '/');
  const known = connectHttp2(url());
  await answered(known, '/admitted');
  const third = await open();
  await Promise.all([closed(third), once(refused, 'close')]);
  const fourth = await open();
  await expect.poll(() => listener.size).toBe(2);
  const fifth = await open();
  await Promise.all([closed(fifth), closed(fourth)]);
  expect([events, known.closed]).toEqual([['TOO_MANY', 'TOO_MANY'], false]);
  known.destroy();
});

it('handshakes that are not finished let others through, however many they are', async () => {
  vi.useRealTimers();
  const authority = makeCa('authority');
  const door = await openTlsDoor({ server: authority.issue({ san: [...localhostNames] }) });
  const halfOpen: Socket[] = [];
  for (let count = 0; count < 2048; count++) halfOpen.push(await open(door.port));
  await delay(3_100);
  halfOpen.push(await open(door.port));
  await closed(halfOpen[0]!);
  await expect.poll(() => door.events).toEqual(['TOO_MANY']);
  expect(halfOpen.slice(1).filter(({ destroyed }) => destroyed)).toEqual([]);
  const client = door.client(authority);
  expect(await client.call('ServerService/GetServerInfo', Buffer.alloc(0))).toMatchObject({ ok: true });
  client.close();
  await door.close();
});

function url(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answered(session: ClientHttp2Session, path: string): Promise<void> {
  const stream = session.request({ ':path': path });
  stream.resume();
  await once(stream, 'end');
}

async function open(port = (server.address() as AddressInfo).port): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.resume();
  return socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
}
