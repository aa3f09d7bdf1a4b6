import { once } from 'node:events';
import { type AddressInfo, type Socket, connect as connectTcp, createServer } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { Peer } from '../../src/grpc/peer.ts';
import { type Authority, type Certificate, localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';
import { type RawAnswer, failure } from '../e2e/raw-client.ts';
import type { TlsChoices } from '../tls/tls-folder.ts';
import { type TlsDoor, openTlsDoor } from './tls-door.ts';

const { Encrypt, BatchEncrypt, BatchDecrypt } = loadProtocol().crypto;
let authority: Authority;
let server: Certificate;
let alice: Certificate;
const doors: TlsDoor[] = [];

beforeAll(() => {
  authority = makeCa('authority');
  server = authority.issue({ name: 'server', san: [...localhostNames] });
  alice = authority.issue({ name: 'alice', san: ['URI:spiffe://example.org/alice'] });
});
afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
});
afterAll(removeCertificates);

describe('versions and suites', () => {
  it('are TLS 1.3, with HTTP/2 agreed and a hybrid key exchange, and nothing older', async () => {
    const door = await open();
    const socket = await handshake(door);
    expect([socket.getProtocol(), socket.alpnProtocol]).toEqual(['TLSv1.3', 'h2']);
    expect(socket.getCipher().standardName).toBe('TLS_AES_256_GCM_SHA384');
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: 'X25519MLKEM768' });
    await expect(handshake(door, { maxVersion: 'TLSv1.2' })).rejects.toMatchObject({
      code: expect.stringContaining('PROTOCOL_VERSION'),
    });
    await expect.poll(() => door.events).toEqual(['HANDSHAKE']);
  });

  it('go down to TLS 1.2 where that is set, and to forward secrecy and AEAD there', async () => {
    const door = await open({ minVersion: '1.2' });
    const old: ConnectionOptions = { maxVersion: 'TLSv1.2' };
    expect((await handshake(door, old)).getCipher().name).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    await expect(
      handshake(door, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    ).rejects.toMatchObject({ code: expect.stringContaining('PROTOCOL_VERSION') });
    for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-SHA'])
      await expect(handshake(door, { ...old, ciphers }), ciphers).rejects.toMatchObject({
        code: expect.stringMatching(/HANDSHAKE_FAILURE/),
      });
    expect((await handshake(door)).getProtocol()).toBe('TLSv1.3');
  });

  it('are not changed by a renegotiation', async () => {
    const door = await open({ minVersion: '1.2' });
    const socket = await handshake(door, { maxVersion: 'TLSv1.2' });
    const { promise, resolve } = Promise.withResolvers<Error | null>();
    socket.on('error', resolve);
    socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error));
    expect(await promise).toBeInstanceOf(Error);
  });

  it('need HTTP/2', async () => {
    const door = await open();
    await expect(handshake(door, { ALPNProtocols: ['http/1.1'] })).rejects.toMatchObject({
      code: expect.stringContaining('NO_APPLICATION_PROTOCOL'),
    });
    const socket = await handshake(door, { ALPNProtocols: [] });
    await closed(socket);
    expect(door.events).toEqual(['HANDSHAKE', 'PROTOCOL']);
  });
});

describe("clients' certificates", () => {
  it('are not asked for without a client CA', async () => {
    const door = await open({}, false);
    await expectServed(door, undefined);
    await expectServed(door, alice);
    const [peer] = peersOf(door);
    expect(peer?.certificate).toBeUndefined();
  });

  it('are required by default where there is one', async () => {
    const door = await open();
    await expectServed(door, alice);
    await expectRefused(door, undefined);
  });

  it('may be absent where that is set', async () => {
    const door = await open({ clientCertificate: 'optional' });
    await expectServed(door, undefined);
    await expectServed(door, alice);
    expect(door.events).toEqual([]);
  });

  it.each(['required', 'optional'] as const)('are refused when they do not verify, and %s', async (clientCertificate) => {
    const door = await open({ clientCertificate });
    const day = 86_400_000;
    const now = Date.now();
    // Where it is required, Node has closed the connection before it tells.
    const address = clientCertificate === 'required' ? undefined : '127.0.0.1';
    const strangers = {
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: makeCa('authority').issue({ name: 'alice' }),
      CERT_HAS_EXPIRED: authority.issue({ notBefore: new Date(now - 2 * day), notAfter: new Date(now - day) }),
      CERT_NOT_YET_VALID: authority.issue({ notBefore: new Date(now + day), notAfter: new Date(now + 2 * day) }),
      INVALID_PURPOSE: authority.issue({ usage: 'serverAuth' }),
    };
    for (const [problem, stranger] of Object.entries(strangers)) {
      await expectRefused(door, stranger);
      await expect
        .poll(() => door.events.splice(0).map((event) => `${problem}: ${event}`))
        .toContain(`${problem}: CLIENT_CERTIFICATE`);
      await expect.poll(() => door.problems).toContain(`127.0.0.1:0 ${address} ${problem}`);
    }
    // A client that was refused comes again after a while, so that its problem may be told among those of the next.
    expect(new Set(door.problems)).toEqual(new Set(Object.keys(strangers).map((problem) => `127.0.0.1:0 ${address} ${problem}`)));
    expect(door.door.load().openConnections).toBe(0);
    await expectServed(door, alice);
  });

  // A client that has seen SETTINGS takes the connection for good, and grpc-java opens a thousand for one call when it is closed then.
  it.each(['required', 'optional'] as const)('are refused without a word of HTTP/2, and %s', async (clientCertificate) => {
    const door = await open({ clientCertificate });
    const { certificate, key } = makeCa('authority').issue({ name: 'alice' });
    const socket = connectTo(door, { cert: certificate, key });
    const received: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => received.push(bytes));
    await closed(socket);
    expect(Buffer.concat(received).toString('hex')).toBe('');
    await expect.poll(() => door.events).toEqual(['CLIENT_CERTIFICATE']);
  });

  it('may come with intermediate authorities', async () => {
    const door = await open();
    await expectServed(door, authority.issueAuthority('intermediate').issue({ name: 'bob' }));
  });

  it('are known to whoever looks at the connection', async () => {
    const door = await open();
    await expectServed(door, alice, () => {
      const [peer] = peersOf(door);
      expect(peer).toMatchObject({ listener: '127.0.0.1:0', remoteAddress: '127.0.0.1', isEncrypted: true });
      expect(peer?.certificate?.subjectAltName).toBe('URI:spiffe://example.org/alice');
    });
  });

  it('are shown at every connection: no session is resumed', async () => {
    const door = await open({ minVersion: '1.2' });
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      const tickets: Buffer[] = [];
      const first = connectTo(door, { maxVersion, cert: alice.certificate, key: alice.key });
      first.on('session', (ticket: Buffer) => tickets.push(ticket));
      await once(first, 'session');
      first.destroy();
      const again = await handshake(door, { maxVersion, cert: alice.certificate, key: alice.key, session: tickets.at(-1) });
      expect(again.isSessionReused()).toBe(false);
      // Without its certificate the ticket is worth nothing.
      const stolen = connectTo(door, { maxVersion, session: tickets.at(-1), cert: undefined, key: undefined });
      await closed(stolen);
    }
  });
});

describe('calls', () => {
  it('carry large messages both ways', async () => {
    const door = await open();
    const client = door.client(authority, alice);
    const large = { maxReplyBytes: 64 * 1024 * 1024 };
    const plaintexts = Array.from({ length: 24 }, (_, index) => Buffer.alloc(1024 * 1024, index));
    const request = BatchEncrypt.requestSerialize({ key_id: door.keyId, plaintexts });
    const { ciphertext_blobs } = BatchEncrypt.responseDeserialize(
      await answer(client.call('CryptoService/BatchEncrypt', request, large)),
    );
    const opening = BatchDecrypt.requestSerialize({ ciphertext_blobs });
    const opened = BatchDecrypt.responseDeserialize(await answer(client.call('CryptoService/BatchDecrypt', opening, large)));
    expect(Buffer.concat(opened.plaintexts).equals(Buffer.concat(plaintexts))).toBe(true);
    client.close();
  });

  it('of the other services go the same way', async () => {
    const door = await open();
    const client = door.client(authority, alice);
    expect(await client.call('ServerService/GetServerInfo', Buffer.alloc(0))).toMatchObject({ ok: true });
    client.close();
  });
});

describe('what is no TLS', () => {
  it('does not get in, and does no harm', async () => {
    const door = await open();
    const plain = connectTcp(door.port, '127.0.0.1');
    plain.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await closed(plain);
    expect(door.events).toEqual(['HANDSHAKE']);
    await expectServed(door, alice);
  });

  it('may be TLS that breaks off, at any byte', async () => {
    const door = await open();
    const hello = await clientHello(door);
    for (let length = 1; length < hello.length; length += Math.ceil(hello.length / 40)) {
      const socket = connectTcp(door.port, '127.0.0.1');
      socket.end(hello.subarray(0, length));
      await closed(socket);
    }
    await expectServed(door, alice);
  });

  it('is what comes to a plaintext listener as TLS', async () => {
    const door = await open();
    const address = await door.door.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
    await expect(handshake({ port: Number(address.split(':')[1]) })).rejects.toThrow(
      /wrong version number|packet length|disconnected/,
    );
    await expect.poll(() => door.events).toEqual(['PROTOCOL']);
  });
});

async function open(settings: TlsChoices = {}, withClients = true): Promise<TlsDoor> {
  const door = await openTlsDoor({ server, ...(withClients ? { clientCa: [authority] } : {}) }, settings);
  doors.push(door);
  return door;
}

function connectTo({ port }: Pick<TlsDoor, 'port'>, options: ConnectionOptions = {}): TLSSocket {
  const identity = { cert: alice.certificate, key: alice.key };
  const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate, ALPNProtocols: ['h2'], ...identity, ...options });
  socket.on('error', () => undefined);
  return socket;
}

/** As the client sees it: with TLS 1.3 it is through before its certificate is looked at. */
async function handshake(door: Pick<TlsDoor, 'port'>, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTo(door, options);
  await once(socket, 'secureConnect');
  return socket;
}

/** Also by an error. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

async function answer(call: Promise<RawAnswer>): Promise<Buffer> {
  const settled = await call;
  if (!settled.ok) throw new Error(settled.failure.message);
  return settled.response;
}

async function clientHello(door: TlsDoor): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const listener = createServer((socket) => socket.once('data', resolve)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connectTo({ ...door, port });
  const hello = await promise;
  socket.destroy();
  listener.close();
  return hello;
}

async function expectServed(door: TlsDoor, identity: Certificate | undefined, meanwhile?: () => void): Promise<void> {
  const client = door.client(authority, identity);
  const request = Encrypt.requestSerialize({ key_id: door.keyId, plaintext: Buffer.from('x') });
  expect(await client.call('CryptoService/Encrypt', request)).toMatchObject({ ok: true });
  meanwhile?.();
  client.close();
}

async function expectRefused(door: TlsDoor, identity: Certificate | undefined): Promise<void> {
  const client = door.client(authority, identity);
  const request = Encrypt.requestSerialize({ key_id: door.keyId, plaintext: Buffer.from('x') });
  expect(await failure(client.call('CryptoService/Encrypt', request))).toMatchObject({ code: 'UNAVAILABLE' });
  client.close();
}

/** Of the connections that are open. */
function peersOf({ door }: TlsDoor) {
  const peers: Peer[] = [];
  door.closeWhere((peer) => {
    peers.push(peer);
    return false;
  });
  return peers;
}
