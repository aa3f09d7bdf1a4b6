import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { readMetrics } from '../e2e/metrics-page.ts';
import { bytesField, message, varintField } from '../e2e/protobuf-bytes.ts';
import { useServer } from '../e2e/using-server.ts';
import { frame } from '../grpc/frame.ts';
import { beginCall, grpcStatus, openConnection } from './http2-calls.ts';
import { clientPreface, data, decodeFrames, frameTypes, goAway, openStream, refusedStream, resetStream } from './http2-frames.ts';
import { peakMemory } from './peak-memory.ts';

/** What clients can do to the memory of the server: large messages, answers that nobody takes, streams without end. */
const mebibyte = 1024 * 1024;
const limit = 512 * mebibyte;
/** What is not counted: a window of unread bytes for each of up to 64 messages that wait. */
const margin = 64 * mebibyte;

const under = useServer({ env: { LATCHKEY_MAX_IN_FLIGHT_BYTES: String(limit) } });
const sessions: ClientHttp2Session[] = [];
const connection = () => {
  const session = openConnection(under.server.address);
  sessions.push(session);
  return session;
};
const begin = (session: ClientHttp2Session, method: string) => beginCall(session, method, under.server.token);
const metric = async (name: string) => (await readMetrics(under.server.metricsAddress)).value(name);

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  // What a thread has begun it ends.
  await expect.poll(async () => metric('latchkey_in_flight_bytes'), { timeout: 10_000 }).toBe(0);
  expect(await metric('latchkey_waiting_for_memory')).toBe(0);
  expect(await metric('latchkey_open_exchanges')).toBe(0);
});

const random = message(varintField(1, 5));

it.each([
  ['of an unknown field', 'GenerateRandom', () => message(random, bytesField(99, Buffer.alloc(64 * mebibyte - 100)))],
  [
    'of 50 000 plaintexts',
    'BatchEncrypt',
    (key: string) => message(bytesField(1, key), repeated(50_000, bytesField(3, Buffer.alloc(1200)))),
  ],
])('messages of 64 MiB %s, from 16 clients at once', async (_, method, request) => {
  const key = await under.newKey();
  const memory = peakMemory(under.server.process.pid);
  const body = frame(request(key));
  expect(body.length).toBeGreaterThan(56 * mebibyte);
  const calls = Array.from({ length: 16 }, async () => {
    const stream = begin(connection(), method);
    stream.end(body);
    return grpcStatus(stream);
  });
  const slowest = await slowestCallDuring(Promise.all(calls));
  const statuses = await Promise.all(calls);
  const [ok, exhausted] = ['0', '8'];
  expect(statuses.filter((status) => status !== ok && status !== exhausted)).toEqual([]);
  expect(statuses.filter((status) => status === ok).length).toBeGreaterThan(1);
  expect(memory.grownBytes()).toBeLessThan(limit + margin);
  expect(slowest).toBeLessThan(5_000);
});

it('a client that never reads: answers of unary calls', async () => {
  const key = await under.newKey();
  const memory = peakMemory(under.server.process.pid);
  const request = frame(message(bytesField(1, key), varintField(4, 1024), varintField(5, 20_000)));
  const firstAnswer = Promise.withResolvers<ClientHttp2Stream>();
  for (let client = 0; client < 8; client++) {
    const session = connection();
    for (let call = 0; call < 8; call++) {
      const stream = begin(session, 'BatchGenerateDataKey');
      stream.on('response', () => firstAnswer.resolve(stream));
      stream.end(request);
    }
  }
  expect(await slowestCallDuring(delay(5_000))).toBeLessThan(5_000);
  const inFlight = await metric('latchkey_in_flight_bytes');
  expect(inFlight).toBeGreaterThan(limit / 2);
  expect(inFlight).toBeLessThanOrEqual(limit);
  expect(memory.grownBytes()).toBeLessThan(limit + margin);
  // It is only held back: what it reads after all it gets.
  const answer = await firstAnswer.promise;
  let answerBytes = 0;
  answer.on('data', ({ length }: Buffer) => (answerBytes += length));
  expect(await grpcStatus(answer)).toBe('0');
  expect(answerBytes).toBeGreaterThan(20_000 * 2 * 1024);
});

it('a client that never reads: Exchange', async () => {
  const memory = peakMemory(under.server.process.pid);
  const request = (id: number) => frame(message(varintField(1, id), bytesField(12, message(varintField(1, 1024)))));
  const requests = Buffer.concat(Array.from({ length: 20_000 }, (_, index) => request(index + 1)));
  const streams = Array.from({ length: 32 }, () => begin(connection(), 'Exchange'));
  for (const stream of streams) stream.write(requests);
  expect(await slowestCallDuring(delay(3_000))).toBeLessThan(5_000);
  // 20 MiB of answers to each, and a window of requests.
  expect(memory.grownBytes()).toBeLessThan(32 * 4 * mebibyte);
  // It is only held back: when it reads, it gets the rest.
  const [first] = streams;
  first?.end();
  expect(first && (await grpcStatus(first))).toBe('0');
});

it('10 000 streams on one connection: a client that keeps to the limit gets all answers', async () => {
  const memory = peakMemory(under.server.process.pid);
  const session = connection();
  const streams = Array.from({ length: 10_000 }, () => begin(session, 'GenerateRandom'));
  const statuses = streams.map(grpcStatus);
  expect(await slowestCallDuring(delay(500))).toBeLessThan(5_000);
  expect(session.remoteSettings.maxConcurrentStreams).toBe(1_000);
  for (const stream of streams) stream.end(frame(random));
  expect(new Set(await Promise.all(statuses))).toEqual(new Set(['0']));
  expect(memory.grownBytes()).toBeLessThan(200 * mebibyte);
});

it('10 000 streams on one connection: of a client that does not, more than 1 000 at once are refused', async () => {
  const memory = peakMemory(under.server.process.pid);
  const { socket, open, frames } = rawConnection();
  const ids = Array.from({ length: 10_000 }, (_, index) => 2 * index + 1);
  socket.write(Buffer.concat([clientPreface(), ...ids.map((id) => open(id, 'POST', 'GenerateRandom'))]));
  expect(await slowestCallDuring(delay(2_000))).toBeLessThan(5_000);

  const refused = frames().filter(
    ({ type, payload }) => type === frameTypes.resetStream && payload.readUInt32BE(0) === refusedStream,
  );
  const isEnded = frames().some(({ type }) => type === frameTypes.goAway);
  // HTTP/2 either refuses each of them or has enough of the client.
  expect(isEnded || refused.length === 9_000).toBe(true);
  expect(frames().filter(({ type }) => type === frameTypes.headers)).toEqual([]);
  expect(memory.grownBytes()).toBeLessThan(200 * mebibyte);
  socket.destroy();
});

it('one byte at a time keeps nobody else waiting, and nothing when it ends', async () => {
  const session = connection();
  const streams = Array.from({ length: 500 }, (_, index) => begin(session, index % 2 === 0 ? 'GenerateRandom' : 'BatchEncrypt'));
  const large = frame(Buffer.alloc(100_000));
  for (let at = 0; at < 20; at++) {
    for (const stream of streams) stream.write(large.subarray(at, at + 1));
    await delay(20);
  }
  // Each has memory for what it has announced, or waits for it.
  expect(await metric('latchkey_in_flight_bytes')).toBeGreaterThan(0);
  expect(await slowestCallDuring(delay(500))).toBeLessThan(5_000);
});

it('a stream that is refused and stays open holds nothing', async () => {
  const key = await under.newKey();
  const cancelled = await metric('latchkey_calls_total{method="Exchange",reason="CANCELLED"}');
  const session = connection();
  const batch = message(varintField(1, 1), bytesField(3, message(bytesField(1, key), bytesField(3, Buffer.alloc(mebibyte)))));
  const streams = Array.from({ length: 6 }, () => begin(session, 'Exchange'));
  for (const stream of streams) stream.write(Buffer.concat([frame(batch), Buffer.of(0, 0xff, 0xff, 0xff, 0xff)]));
  expect(new Set(await Promise.all(streams.map(grpcStatus)))).toEqual(new Set(['8']));
  await expect.poll(async () => metric('latchkey_open_exchanges')).toBe(0);
  await expect.poll(async () => metric('latchkey_in_flight_bytes')).toBe(0);
  expect(await metric('latchkey_calls_total{method="Exchange",reason="CANCELLED"}')).toBe(cancelled);
  expect(streams.map(({ closed }) => closed)).not.toContain(true);
});

it('streams that are reset without an error hold nothing when their connection is gone', async () => {
  const { socket, open } = rawConnection();
  const ids = Array.from({ length: 20 }, (_, index) => 2 * index + 1);
  const begun = Buffer.concat([Buffer.of(0, 0, 0x40, 0, 0), Buffer.alloc(1000)]);
  socket.write(Buffer.concat([clientPreface(), ...ids.flatMap((id) => [open(id, 'POST', 'Exchange'), data(id, begun)])]));
  await expect.poll(async () => metric('latchkey_open_exchanges')).toBe(20);
  socket.end(Buffer.concat([...ids.map(resetStream), goAway()]));
  // At the second sweep at the latest.
  await expect.poll(async () => metric('latchkey_open_exchanges'), { timeout: 12_000 }).toBe(0);
});

it('a message of very many pieces is refused', async () => {
  for (const [service, limitOfPieces] of [
    ['CryptoService/GenerateRandom', 600],
    ['KeyService/ListKeys', 600],
  ] as const) {
    const { socket, open, frames } = rawConnection();
    const bytes = frame(Buffer.alloc(65_000));
    const pieces = Array.from({ length: limitOfPieces }, (_, at) => data(1, bytes.subarray(at, at + 1)));
    socket.write(Buffer.concat([clientPreface(), open(1, 'POST', service), ...pieces]));
    await expect.poll(() => frames().filter(({ type, streamId }) => type === frameTypes.headers && streamId === 1)).toHaveLength(1);
    socket.destroy();
  }
});

it('what is no POST is not read', async () => {
  const { socket, open, frames } = rawConnection();
  const answered = await metric('latchkey_calls_total{method="GenerateRandom",reason="OK"}');
  socket.write(Buffer.concat([clientPreface(), open(1, 'HEAD', 'GenerateRandom'), data(1, frame(random))]));
  await expect.poll(() => frames().some(({ type, streamId }) => type === frameTypes.headers && streamId === 1)).toBe(true);
  await delay(100);
  expect(await metric('latchkey_calls_total{method="GenerateRandom",reason="OK"}')).toBe(answered);
  socket.destroy();
});

it('messages that would grow when they are uncompressed are refused', async () => {
  const counted = 'latchkey_calls_total{method="GenerateRandom",reason="INVALID_REQUEST"}';
  const before = await metric(counted);
  const session = connection();
  const stream = session.request({
    ':method': 'POST',
    ':path': '/latchkey.v1.CryptoService/GenerateRandom',
    'content-type': 'application/grpc',
    'grpc-encoding': 'gzip',
    te: 'trailers',
    authorization: `Bearer ${under.server.token}`,
  });
  stream.write(Buffer.concat([Buffer.of(1), frame(Buffer.alloc(100)).subarray(1)]));
  expect(await grpcStatus(stream)).toBe('12');
  expect(await metric(counted)).toBe(before + 1);
});

/** A connection by hand, with what has come back on it. */
function rawConnection() {
  const [host = '', port = ''] = under.server.address.split(':');
  const socket = connectSocket(Number(port), host);
  socket.on('error', () => undefined);
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  const open = (id: number, verb: string, method: string) =>
    openStream(id, {
      ':method': verb,
      ':scheme': 'http',
      ':path': `/latchkey.v1.${method.includes('/') ? method : `CryptoService/${method}`}`,
      ':authority': 'x',
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${under.server.token}`,
    });
  return { socket, open, frames: () => decodeFrames(Buffer.concat(received)) };
}

/** The longest that a call of somebody else takes, in milliseconds. */
async function slowestCallDuring(work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  let slowest = 0;
  while (!isOver) {
    const began = performance.now();
    await under.latchkey.crypto.generateRandom({ number_of_bytes: 1 });
    slowest = Math.max(slowest, performance.now() - began);
    await delay(50);
  }
  await over;
  return slowest;
}

function repeated(count: number, field: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => field));
}
