import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { frame } from '../grpc/frame.ts';
import { type ExchangeClient, openExchange } from './exchange-client.ts';
import { readMetrics } from './metrics-page.ts';
import { bytesField, message, varintField } from './protobuf-bytes.ts';
import { openRawExchange } from './raw-exchange.ts';
import { type RunningServer, removeHome, startServer } from './start-server.ts';

/** How a server ends the streams of Exchange that clients would keep. */
const servers: RunningServer[] = [];
const clients: { close(): void }[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    await server.kill();
    await removeHome(server);
  }
});

const random = { generate_random: { number_of_bytes: 3 } };
const isDraining: Parameters<ExchangeClient['message']>[0] = ({ result }) => result === 'draining';

describe('SIGTERM', () => {
  it('is announced, and what was sent is answered; a client that half-closes is not waited for', async () => {
    const { server, stream } = await started({ LATCHKEY_SHUTDOWN_GRACE_MS: '10000' });
    server.process.kill('SIGTERM');
    const { draining } = await stream.message(isDraining);
    expect(draining?.grace).toMatchObject({ seconds: '9', nanos: 0 });
    for (let id = 1; id <= 1000; id++) stream.send({ id, ...random });
    stream.halfClose();
    const began = performance.now();
    expect(await stream.ended).toMatchObject({ code: 'OK' });
    expect(stream.received.filter(({ result }) => result === 'generate_random')).toHaveLength(1000);
    stream.close();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('ends with UNAVAILABLE, in time, a stream whose client does not', async () => {
    const { server, stream } = await started({ LATCHKEY_SHUTDOWN_GRACE_MS: '1000' });
    const began = performance.now();
    const stopped = server.stop();
    await stream.message(isDraining);
    stream.send({ id: 1, ...random });
    expect((await stream.answer(1)).result).toBe('generate_random');
    expect(await stream.ended).toMatchObject({ code: 'UNAVAILABLE' });
    expect(performance.now() - began).toBeGreaterThan(850);
    expect(await stopped).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('ends in time although a client neither reads nor writes', async () => {
    const { server } = await started({ LATCHKEY_SHUTDOWN_GRACE_MS: '500' });
    const raw = openRawExchange(server);
    clients.push(raw);
    await once(raw.stream, 'data');
    raw.pause();
    const began = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('the age of a connection', () => {
  it('is announced to its streams, and calls go on on another connection', async () => {
    const { server, stream } = await started({ LATCHKEY_MAX_CONNECTION_AGE_MS: '1000' });
    const { draining } = await stream.message(isDraining);
    expect(draining?.grace).toMatchObject({ seconds: '1', nanos: 0 });
    stream.send({ id: 1, ...random });
    expect((await stream.answer(1)).result).toBe('generate_random');
    const next = stream.another();
    clients.push(next);
    await next.limits;
    next.send({ id: 1, ...random });
    expect((await next.answer(1)).result).toBe('generate_random');
    expect(await stream.ended).toMatchObject({ code: 'UNAVAILABLE' });
    const { value } = await readMetrics(server.metricsAddress);
    expect(value('latchkey_calls_total{method="Exchange",reason="UNAVAILABLE"}')).toBe(1);
  });

  it('is told to the client with GOAWAY, and ends the connection once nothing is under way', async () => {
    const { server } = await started({ LATCHKEY_MAX_CONNECTION_AGE_MS: '1000' });
    const raw = openRawExchange(server);
    clients.push(raw);
    const closed = once(raw.session, 'close');
    const [code, lastStreamId] = (await once(raw.session, 'goaway')) as [number, number];
    expect([code, lastStreamId]).toEqual([0, 2 ** 31 - 1]);
    raw.write(frame(message(varintField(1, 1), bytesField(12, varintField(1, 3)))));
    expect(await raw.answers(1)).toMatchObject([{ id: '1', result: 'generate_random' }]);
    raw.end();
    expect(await raw.status).toBe('0');
    await closed;
  });

  it('ends a connection whose client does not react', async () => {
    const { server } = await started({ LATCHKEY_MAX_CONNECTION_AGE_MS: '1000' });
    const raw = openRawExchange(server);
    clients.push(raw);
    await once(raw.stream, 'data');
    raw.pause();
    const open = async () => (await readMetrics(server.metricsAddress)).value('latchkey_open_exchanges');
    expect(await open()).toBeGreaterThan(0);
    await delay(1_000);
    await expect.poll(open, { timeout: 10_000 }).toBe(0);
  });
});

async function started(env: Readonly<Record<string, string>>): Promise<{ server: RunningServer; stream: ExchangeClient }> {
  const server = await startServer({ env });
  servers.push(server);
  const stream = openExchange(server);
  clients.push(stream);
  await stream.limits;
  return { server, stream };
}
