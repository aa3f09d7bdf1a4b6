import { randomBytes } from 'node:crypto';
import type { ClientHttp2Session } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { readMetrics } from '../e2e/metrics-page.ts';
import { useServer } from '../e2e/using-server.ts';
import { frame } from '../grpc/frame.ts';
import { beginCall, grpcStatus, openConnection } from './http2-calls.ts';
import { peakMemory } from './peak-memory.ts';

/** Who is nobody gets an answer and nothing else: no memory for what they send, no stream that stays open, and no time of others. */
const mebibyte = 1024 * 1024;
const unauthenticated = '16';

const under = useServer();
const sessions: ClientHttp2Session[] = [];
const connection = () => {
  const session = openConnection(under.server.address);
  sessions.push(session);
  return session;
};
const metric = async (name: string) => (await readMetrics(under.server.metricsAddress)).value(name);
const unknownToken = () =>
  `lk_${randomBytes(16)
    .toString('hex')
    .replaceAll(/[0189]/g, 'a')
    .slice(0, 16)}_${randomBytes(32).toString('base64url')}`;

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  expect(await metric('latchkey_in_flight_bytes')).toBe(0);
  expect(await metric('latchkey_open_exchanges')).toBe(0);
  expect((await under.latchkey.crypto.generateRandom({ number_of_bytes: 1 })).plaintext).toHaveLength(1);
});

const strangers = [
  ['no token', () => ''],
  ['a token that there never was', unknownToken],
  [
    "the administrator's token with another secret",
    () => `${under.server.token.slice(0, -43)}${randomBytes(32).toString('base64url')}`,
  ],
  ['a JWT of nobody', () => 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwczovL2V4YW1wbGUuY29tIn0.AAAA'],
  ['something else', () => 'secret'],
] as const;

it.each(strangers)('with %s: a call is answered before its message is there, and nothing is kept for it', async (_, token) => {
  // Little enough to come with the headers.
  const begun = frame(Buffer.alloc(60 * mebibyte)).subarray(0, 1000);
  for (const method of ['BatchEncrypt', 'Encrypt', 'Exchange']) {
    const stream = beginCall(connection(), method, token());
    stream.write(begun);
    expect(await grpcStatus(stream), method).toBe(unauthenticated);
  }
  expect(await metric('latchkey_in_flight_bytes')).toBe(0);
  expect(await metric('latchkey_open_exchanges')).toBe(0);
});

it('messages of 60 MiB from 16 strangers at once', async () => {
  const memory = peakMemory(under.server.process.pid);
  const body = frame(Buffer.alloc(60 * mebibyte));
  const statuses = Array.from({ length: 16 }, async () => {
    const stream = beginCall(connection(), 'BatchEncrypt', '');
    stream.end(body);
    return grpcStatus(stream);
  });
  expect(new Set(await Promise.all(statuses))).toEqual(new Set([unauthenticated]));
  await delay(500);
  // What is dropped is garbage for a while.
  expect(memory.grownBytes()).toBeLessThan(160 * mebibyte);
});

it('what everybody may call takes no message that memory is counted for', async () => {
  const session = connection();
  for (const path of [
    '/grpc.health.v1.Health/Check',
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    '/no.Such/Call',
  ]) {
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
    stream.on('error', () => undefined);
    stream.write(frame(Buffer.alloc(120_000)).subarray(0, 50_000));
    expect(['3', '8', '12'], path).toContain(await grpcStatus(stream));
    expect(await metric('latchkey_in_flight_bytes')).toBe(0);
  }
});
