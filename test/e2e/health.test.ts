import { Client, type ClientReadableStream, credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { bytesField } from './protobuf-bytes.ts';
import { type RunningServer, removeHome, startServer } from './start-server.ts';

/** grpc.health.v1, read by its wire format: `HealthCheckRequest { string service = 1 }`, `HealthCheckResponse { ServingStatus status = 1 }`. */
const serving = Buffer.of(0x08, 1);
const notServing = Buffer.of(0x08, 2);
const serviceUnknown = Buffer.of(0x08, 3);
const services = [
  '',
  'latchkey.v1.CryptoService',
  'latchkey.v1.KeyService',
  'latchkey.v1.AccessService',
  'latchkey.v1.ServerService',
];

let server: RunningServer;
let client: Client;

beforeEach(async () => {
  server = await startServer();
  client = new Client(server.address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
});
afterEach(async () => {
  client.close();
  await server.kill();
  await removeHome(server);
});

it.each(services)('Check says that %j serves', async (service) => {
  expect(await check(service)).toEqual(serving);
});

it('Check says NOT_FOUND of a service that does not exist', async () => {
  await expect(check('latchkey.v1.NoSuchService')).rejects.toMatchObject({ code: 5 });
});

it('Check says the same of a name that is far too long, without it, and longer ones are not even read', async () => {
  await expect(check('x'.repeat(60_000))).rejects.toMatchObject({ code: 5, details: 'There is no such service here.' });
  await expect(check('x'.repeat(66_000))).rejects.toMatchObject({ code: 3 });
});

it('Watch says SERVICE_UNKNOWN of a service that does not exist, and goes on', async () => {
  const watch = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', asItIs, asItIs, bytesField(1, 'made.up.Name'));
  const ended = vi.fn<() => void>();
  watch.on('error', ended).on('end', ended);
  expect(await next(watch)).toEqual(serviceUnknown);
  expect(ended).not.toHaveBeenCalled();
  watch.cancel();
});

it('List tells all services', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  client.makeUnaryRequest('/grpc.health.v1.Health/List', asItIs, asItIs, Buffer.alloc(0), (error, response) => {
    if (response === undefined) reject(error ?? new Error('Neither an answer nor an error.'));
    else resolve(response);
  });
  expect((await promise).toString('latin1').match(/latchkey\.v1\.\w+/g)).toEqual(services.slice(1));
});

it('Watch tells at once, and again when the server begins to drain', async () => {
  const watch = client.makeServerStreamRequest(
    '/grpc.health.v1.Health/Watch',
    asItIs,
    asItIs,
    bytesField(1, 'latchkey.v1.CryptoService'),
  );
  watch.on('error', () => undefined);
  expect(await next(watch)).toEqual(serving);
  server.process.kill('SIGTERM');
  expect(await next(watch)).toEqual(notServing);
  watch.cancel();
});

async function check(service: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  client.makeUnaryRequest('/grpc.health.v1.Health/Check', asItIs, asItIs, bytesField(1, service), (error, response) => {
    if (error === null && response !== undefined) resolve(response);
    else reject(error ?? new Error('Neither an answer nor an error.'));
  });
  return promise;
}

async function next(watch: ClientReadableStream<Buffer>): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  watch.once('data', resolve);
  return promise;
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
