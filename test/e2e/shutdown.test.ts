import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { type Latchkey, connect } from '../../src/client/connect.ts';
import { failure, openRawClient } from './raw-client.ts';
import { type RunningServer, removeHome, startServer } from './start-server.ts';
import { newKeyId } from './using-server.ts';

const servers: RunningServer[] = [];
const clients: Latchkey[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    await server.kill();
    await removeHome(server);
  }
});

it.each(['SIGTERM', 'SIGINT'] as const)('%s answers every call that was made before it, and exits with 0', async (signal) => {
  const { server, latchkey } = await started();
  const key_id = await newKeyId(latchkey);
  const calls = Array.from({ length: 200 }, async () => latchkey.crypto.encrypt({ key_id, plaintext: Buffer.alloc(100_000) }));
  // The first answer tells that the calls have reached the server.
  await Promise.race(calls);
  server.process.kill(signal);
  const answers = await Promise.allSettled(calls);
  latchkey.close();
  expect(await server.stop()).toBe(0);

  const refused = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason as { code: string });
  // A call that had not been read yet is refused by gRPC before anything was done; none is cut off in the middle.
  expect(refused.filter(({ code }) => code !== 'UNAVAILABLE')).toEqual([]);
  expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  expect(server.log.join('\n')).toMatch(/"msg":"draining"[\s\S]*"msg":"stopped"/);
});

it('keeps what it acknowledged', async () => {
  const { server, latchkey } = await started();
  const key_id = await newKeyId(latchkey);
  const { ciphertext_blob } = await latchkey.crypto.encrypt({ key_id, plaintext: Buffer.from('kept') });
  await server.stop();

  const { latchkey: again } = await started({ home: `${server.dataDirectory}/..` });
  expect((await again.crypto.decrypt({ ciphertext_blob })).plaintext.toString()).toBe('kept');
});

it('ends within the grace although a client keeps a stream open', async () => {
  const { server } = await started({ env: { LATCHKEY_SHUTDOWN_GRACE_MS: '300' } });
  const raw = openRawClient(server);
  const { Client, credentials } = await import('@grpc/grpc-js');
  const client = new Client(server.address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
  const watch = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', Buffer.from, Buffer.from, Buffer.alloc(0));
  watch.on('error', () => undefined);
  await once(watch, 'data');

  const began = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(3_000);
  raw.close();
  client.close();
});

it('takes a second signal without harm', async () => {
  const { server, latchkey } = await started();
  await newKeyId(latchkey);
  latchkey.close();
  server.process.kill('SIGTERM');
  server.process.kill('SIGTERM');
  server.process.kill('SIGINT');
  expect(await server.stop()).toBe(0);
});

it('is not ready and takes no new calls while it drains', async () => {
  const { server } = await started({ env: { LATCHKEY_SHUTDOWN_GRACE_MS: '4000' } });
  const { Client, credentials } = await import('@grpc/grpc-js');
  const client = new Client(server.address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
  const watch = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', Buffer.from, Buffer.from, Buffer.alloc(0));
  watch.on('error', () => undefined);
  expect(await once(watch, 'data')).toEqual([servingStatus(1)]);
  expect((await fetch(`http://${server.metricsAddress}/readyz`)).status).toBe(200);

  server.process.kill('SIGTERM');
  expect(await once(watch, 'data')).toEqual([servingStatus(2)]);
  expect((await fetch(`http://${server.metricsAddress}/readyz`)).status).toBe(503);
  expect((await fetch(`http://${server.metricsAddress}/healthz`)).status).toBe(200);
  const raw = openRawClient(server);
  const refused = await failure(raw.call('ServerService/GetServerInfo', Buffer.alloc(0), { timeoutMs: 2000 }));
  expect(refused).toMatchObject({ code: 'UNAVAILABLE' });
  expect(server.log.join('\n')).not.toContain('"msg":"stopped"');
  raw.close();
  client.close();
  expect(await server.stop()).toBe(0);
});

/** HealthCheckResponse: 1 is SERVING, 2 NOT_SERVING. */
function servingStatus(status: number): Buffer {
  return Buffer.of(0x08, status);
}

async function started(options: Parameters<typeof startServer>[0] = {}): Promise<{ server: RunningServer; latchkey: Latchkey }> {
  const server = await startServer(options);
  servers.push(server);
  const latchkey = connect({ address: server.address, token: server.token });
  clients.push(latchkey);
  return { server, latchkey };
}
