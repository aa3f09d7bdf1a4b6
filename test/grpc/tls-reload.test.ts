import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import { type Authority, type Certificate, localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';
import { frame } from './frame.ts';
import { type TlsDoor, openTlsDoor } from './tls-door.ts';

const { crypto } = loadProtocol();
let authority: Authority;
let other: Authority;
let server: Certificate;
let alice: Certificate;
let bob: Certificate;
let door: TlsDoor | undefined;
const sessions: ClientHttp2Session[] = [];

beforeAll(() => {
  authority = makeCa('authority');
  other = makeCa('other');
  server = authority.issue({ name: 'server', san: [...localhostNames] });
  alice = authority.issue({ name: 'alice' });
  bob = other.issue({ name: 'bob' });
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await door?.close();
});
afterAll(removeCertificates);

it('a new certificate is shown to new connections, and streams of old ones go on', async () => {
  const { open } = await start({ server, clientCa: [authority] });
  const before = await open(alice);
  const stream = exchange(before);
  await answered(stream, 1);

  await door?.reload({ server: authority.issue({ name: 'renewed', san: [...localhostNames] }) });
  expect(door?.events).toEqual(['reloaded']);
  expect(serverName(await open(alice))).toBe('renewed');
  expect(serverName(before)).toBe('server');
  await answered(stream, 2);
});

it('files that do not fit together change nothing', async () => {
  const { open } = await start({ server, clientCa: [authority] });
  const { certificate } = authority.issue({ name: 'renewed', san: [...localhostNames] });
  await door?.reload({ server: { certificate, key: server.key } });
  expect(door?.events).toEqual(['not reloaded']);
  expect(serverName(await open(alice))).toBe('server');
});

it('a removed authority takes its connections and their streams with it, and no others', async () => {
  const { open } = await start({ server, clientCa: [authority, other] });
  const [ofAlice, ofBob] = [await open(alice), await open(bob)];
  const [streamOfAlice, streamOfBob] = [exchange(ofAlice), exchange(ofBob)];
  await Promise.all([answered(streamOfAlice, 1), answered(streamOfBob, 1)]);
  const goaway = once(ofBob, 'goaway');

  await door?.reload({ clientCa: [authority] });
  await Promise.all([ended(ofBob), goaway]);
  expect(streamOfBob.destroyed).toBe(true);
  await expect.poll(() => door?.events).toEqual(['reloaded', 'distrusted 1']);
  await answered(streamOfAlice, 2);
  await expectRefused(open(bob));
});

it('an added authority leaves all connections, and lets others in', async () => {
  const { open } = await start({ server, clientCa: [authority] });
  const ofAlice = await open(alice);
  await expectRefused(open(bob));
  await door?.reload({ clientCa: [other, authority] });
  await answered(exchange(await open(bob)), 1);
  await answered(exchange(ofAlice), 1);
});

it('an authority that comes back does not save what was verified before it left', async () => {
  const { open } = await start({ server, clientCa: [authority, other] });
  const ofBob = await open(bob);
  await door?.reload({ clientCa: [authority] });
  await door?.reload({ clientCa: [authority, other] });
  await ended(ofBob);
  expect((await open(bob)).destroyed).toBe(false);
});

it('an authority that was renewed under the same key verifies anew', async () => {
  const { open } = await start({ server, clientCa: [other] });
  const ofBob = await open(bob);
  await door?.reload({ clientCa: [makeCa('other', { key: other.key })] });
  await ended(ofBob);
  expect((await open(bob)).destroyed).toBe(false);
});

it('a ticket from before does not get in after the authority is gone', async () => {
  const { open } = await start({ server, clientCa: [authority, other] });
  const tickets: Buffer[] = [];
  const ofBob = await open(bob, { tickets });
  await expect.poll(() => tickets.length).toBeGreaterThan(0);
  await door?.reload({ clientCa: [authority] });
  await ended(ofBob);
  await expectRefused(open(bob, { ticket: tickets[0] }));
  await expectRefused(open(undefined, { ticket: tickets[0] }));
});

it('a handshake that began before the authority left does not get in after it', async () => {
  const { open } = await start({ server, clientCa: [authority, other] });
  const { socket, goOn } = await halfOpen(door!, bob);
  await door?.reload({ clientCa: [authority] });
  goOn();
  await new Promise((resolve) => void socket.once('close', resolve));
  // It was not let in first, and ended for another reason.
  expect(door?.events).not.toContain('SILENT');
  await open(alice);
});

it('connections end when the certificate of their client does', async () => {
  const { open } = await start({ server, clientCa: [authority] });
  const short = authority.issue({ notAfter: new Date(Date.now() + 4_000) });
  const session = await open(short);
  const stream = exchange(session);
  await answered(stream, 1);
  const began = performance.now();
  await ended(session);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(stream.destroyed).toBe(true);
});

it('whoever is asked for by name is sent away', async () => {
  const { open } = await start({ server, clientCa: [authority, other] });
  const [ofAlice, ofBob] = [await open(alice), await open(bob)];
  expect(door?.door.load().openConnections).toBe(2);
  expect(door?.door.closeWhere(({ certificate }) => certificate?.subject === 'CN=bob')).toBe(1);
  await ended(ofBob);
  await answered(exchange(ofAlice), 1);
});

interface Opening {
  /** Collects those that the server sends. */
  readonly tickets?: Buffer[];
  readonly ticket?: Buffer | undefined;
}

async function start(files: Parameters<typeof openTlsDoor>[0]) {
  const opened = await openTlsDoor(files);
  door = opened;
  /** Fulfils when the server has accepted the connection. */
  const open = async (identity: Certificate | undefined, { tickets, ticket }: Opening = {}): Promise<ClientHttp2Session> => {
    const own = identity === undefined ? {} : { cert: identity.certificate, key: identity.key };
    const resumed = ticket === undefined ? {} : { session: ticket };
    const session = connect(`https://localhost:${opened.port}`, { ca: authority.certificate, ...own, ...resumed });
    sessions.push(session);
    const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
    session.on('error', reject);
    session.once('close', () => reject(new Error('The connection was closed.')));
    session.once('connect', () => {
      session.socket.on('session', (received: Buffer) => tickets?.push(received));
      session.ping((error) => (error === null ? resolve(session) : reject(error)));
    });
    return promise;
  };
  return { open };
}

/** The client is through its handshake, with TLS 1.3, before its certificate is looked at. */
async function expectRefused(opening: Promise<ClientHttp2Session>): Promise<void> {
  await expect(opening).rejects.toThrow(/closed|hang up|ECONNRESET|certificate required|cancell?ed/);
  await expect.poll(() => door?.events).toContain('CLIENT_CERTIFICATE');
}

/** Soon: after a minute it would have ended because it was silent. */
async function ended(session: ClientHttp2Session): Promise<void> {
  await expect.poll(() => session.destroyed, { timeout: 10_000 }).toBe(true);
}

function serverName({ socket }: ClientHttp2Session): unknown {
  return (socket as TLSSocket).getPeerCertificate().subject.CN;
}

function exchange(session: ClientHttp2Session): ClientHttp2Stream {
  const headers = { ':method': 'POST', ':path': '/latchkey.v1.CryptoService/Exchange', te: 'trailers' };
  const stream = session.request({ ...headers, 'content-type': 'application/grpc' });
  stream.on('error', () => undefined);
  return stream;
}

async function answered(stream: ClientHttp2Stream, id: number): Promise<void> {
  const received: Buffer[] = [];
  const take = (chunk: Buffer) => received.push(chunk);
  stream.on('data', take);
  stream.write(frame(crypto.Exchange.requestSerialize({ id, generate_random: { number_of_bytes: 16 } })));
  await expect.poll(() => received.some((chunk) => chunk.length > 16)).toBe(true);
  stream.off('data', take);
}

/** A client that has sent the first part of its handshake, and holds back the rest until it is told. */
async function halfOpen({ port }: TlsDoor, { certificate, key }: Certificate) {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const held: Buffer[] = [];
  let isFirst = true;
  let isHeld = true;
  const between = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      if (isFirst || !isHeld) socket.write(chunk);
      else held.push(chunk);
      isFirst = false;
      done();
    },
  });
  socket.on('data', (chunk) => between.push(chunk));
  const client = connectTls({
    socket: between,
    ca: authority.certificate,
    cert: certificate,
    key,
    ALPNProtocols: ['h2'],
    checkServerIdentity: () => undefined,
  });
  client.on('error', () => undefined);
  await once(client, 'secureConnect');
  return {
    socket,
    goOn: () => {
      isHeld = false;
      for (const chunk of held) socket.write(chunk);
    },
  };
}
