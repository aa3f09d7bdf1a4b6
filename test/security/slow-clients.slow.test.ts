import { type ClientHttp2Stream, constants } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { readMetrics } from '../e2e/metrics-page.ts';
import { bytesField, message, varintField } from '../e2e/protobuf-bytes.ts';
import { useServer } from '../e2e/using-server.ts';
import { frame } from '../grpc/frame.ts';
import { beginCall, grpcStatus, openConnection } from './http2-calls.ts';

/** What test/grpc/message-gate.test.ts shows with time that is passed in, in the time that it really takes: over half a minute. */
const under = useServer();
const mebibyte = 1024 * 1024;
const deadlineExceeded = '4';
const sessions: ReturnType<typeof openConnection>[] = [];
const begin = (method: string) => {
  const session = openConnection(under.server.address);
  sessions.push(session);
  return beginCall(session, method, under.server.token);
};

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  const inFlight = async () => (await readMetrics(under.server.metricsAddress)).value('latchkey_in_flight_bytes');
  await expect.poll(inFlight).toBe(0);
});

it('requests that do not arrive end in DEADLINE_EXCEEDED, and a stream of Exchange is reset', async () => {
  const bytes = frame(Buffer.alloc(mebibyte));
  const streams = {
    silent: begin('GenerateRandom'),
    trickling: begin('GenerateRandom'),
    announced: begin('GenerateRandom'),
    unended: begin('GenerateRandom'),
    exchange: begin('Exchange'),
  };
  const idle = begin('Exchange');
  streams.announced.write(bytes.subarray(0, 100));
  streams.unended.write(frame(varintField(1, 5)));
  streams.exchange.write(bytes.subarray(0, 100));
  const ends = Object.values(streams).map(async (stream) => ({ status: await grpcStatus(stream), code: await codeOf(stream) }));
  for (let at = 0; at < 50 && !streams.trickling.closed; at++) {
    streams.trickling.write(bytes.subarray(at, at + 1));
    await delay(1000);
  }
  const [silent, trickling, announced, unended, exchange] = await Promise.all(ends);
  for (const end of [silent, trickling, announced, unended]) expect(end?.status).toBe(deadlineExceeded);
  expect(exchange).toEqual({ status: undefined, code: constants.NGHTTP2_ENHANCE_YOUR_CALM });
  expect(idle.closed).toBe(false);
});

it('answers that are not taken are given up', async () => {
  const key = await under.newKey();
  const unary = begin('BatchGenerateDataKey');
  unary.end(frame(message(bytesField(1, key), varintField(4, 1024), varintField(5, 20_000))));
  const exchange = begin('Exchange');
  const request = (id: number) => frame(message(varintField(1, id), bytesField(12, varintField(1, 1024))));
  exchange.write(Buffer.concat(Array.from({ length: 40_000 }, (_, index) => request(index + 1))));
  expect(await Promise.all([codeOf(unary), codeOf(exchange)])).toEqual([
    constants.NGHTTP2_ENHANCE_YOUR_CALM,
    constants.NGHTTP2_ENHANCE_YOUR_CALM,
  ]);
});

/** With which error code of HTTP/2 a stream ends. */
async function codeOf(stream: ClientHttp2Stream): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // `once` would reject with the error that comes first.
  stream.on('close', resolve);
  if (!stream.closed) await promise;
  return stream.rstCode;
}
