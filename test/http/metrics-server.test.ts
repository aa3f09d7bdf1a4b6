import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { type Socket, connect as connectTcp } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type MetricsDoor, openMetricsDoor } from '../../src/http/metrics-server.ts';
import { type ReloadingTls, openReloadingTls } from '../../src/tls/reloading-tls.ts';
import { type Authority, type Certificate, localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';
import { type TlsChoices, type TlsFolder, type TlsFolderFiles, makeTlsFolder } from '../tls/tls-folder.ts';

let authority: Authority;
let other: Authority;
let server: Certificate;
let prometheus: Certificate;
let folder: TlsFolder;
let tls: ReloadingTls;
let door: MetricsDoor;

beforeAll(() => {
  authority = makeCa('authority');
  other = makeCa('other');
  server = authority.issue({ name: 'server', san: [...localhostNames] });
  prometheus = other.issue({ name: 'prometheus' });
});
afterEach(async () => {
  await door.close();
  tls.close();
  folder.remove();
});
afterAll(removeCertificates);

it('answers over TLS 1.3, and not over less', async () => {
  await open({ server });
  const { status, socket } = await request();
  expect([status, socket.getProtocol(), socket.isSessionReused()]).toEqual([200, 'TLSv1.3', false]);
  await expect(request({ maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/);
});

it('asks for a certificate where that is set', async () => {
  await open({ server, clientCa: [other] });
  expect((await request({ identity: prometheus })).status).toBe(200);
  await expect(request()).rejects.toMatchObject({ code: expect.stringMatching(/CERTIFICATE_REQUIRED|ECONNRESET/) });
});

it.each(['required', 'optional'] as const)(
  'refuses a certificate that does not verify, where one is %s',
  async (clientCertificate) => {
    await open({ server, clientCa: [other] }, { clientCertificate });
    await expect(request({ identity: authority.issue() })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await request({ identity: prometheus })).status).toBe(200);
    if (clientCertificate === 'optional') expect((await request()).status).toBe(200);
  },
);

it('takes other files while it runs, and ends the connections that came before', async () => {
  await open({ server, clientCa: [other] });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { socket } = await request({ identity: prometheus, agent });
  folder.write({ server: authority.issue({ name: 'renewed', san: [...localhostNames] }), clientCa: [authority] });
  const ended = once(socket, 'close');
  const began = performance.now();
  await tls.reload();
  await ended;
  // Without a reload, five seconds after the answer.
  expect(performance.now() - began).toBeLessThan(4_000);
  await expect(request({ identity: prometheus, agent })).rejects.toMatchObject({ code: 'ECONNRESET' });
  const renewed = await request({ identity: authority.issue() });
  expect(renewed.socket.getPeerCertificate().subject.CN).toBe('renewed');
  agent.destroy();
});

it('is not harmed by what is no TLS', async () => {
  await open({ server });
  const socket = connectTcp(door.port, '127.0.0.1');
  socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
  await closed(socket);
  expect((await request()).status).toBe(200);
});

async function open(files: TlsFolderFiles, settings: TlsChoices = {}): Promise<void> {
  folder = makeTlsFolder(files, settings);
  const report = { reloaded: () => undefined, refused: () => undefined };
  tls = await openReloadingTls(folder.settings, { now: Date.now, report });
  const onError = (error: unknown) => expect.unreachable(String(error));
  door = await openMetricsDoor({ host: '127.0.0.1', port: 0, tls, registry: new Registry(), isReady: () => true, onError });
}

interface Asking {
  readonly identity?: Certificate;
  readonly maxVersion?: 'TLSv1.2';
  readonly agent?: Agent;
}

async function request({ identity, ...rest }: Asking = {}): Promise<{ status: number | undefined; socket: TLSSocket }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const own = identity === undefined ? {} : { cert: identity.certificate, key: identity.key };
  get(`https://localhost:${door.port}/readyz`, { agent: false, ca: authority.certificate, ...own, ...rest }, resolve).on(
    'error',
    reject,
  );
  const response = await promise;
  const { statusCode: status, socket } = response;
  response.resume();
  await once(response, 'end');
  return { status, socket: socket as TLSSocket };
}

function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}
