import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { maxStrangersStreams } from '../../src/grpc/listener.ts';
import { maxConcurrentStreams } from '../../src/grpc/server.ts';
import { maxWatchesOfConnection } from '../../src/grpc/watch-limit.ts';
import { useServer } from '../e2e/using-server.ts';
import { frame } from '../grpc/frame.ts';
import { grpcStatus } from './http2-calls.ts';

/** Calls that ask nobody who they are, or that are refused, and that their callers leave open. */
const under = useServer();
const sessions: ClientHttp2Session[] = [];
const watch = '/grpc.health.v1.Health/Watch';

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  expect((await under.latchkey.crypto.generateRandom({ number_of_bytes: 1 })).plaintext).toHaveLength(1);
});

it('a connection has a few calls of Watch, and one that ends makes room', async () => {
  const session = await opened();
  const watches = Array.from({ length: maxWatchesOfConnection }, () => begun(session, watch));
  for (const stream of watches) await once(stream, 'data');
  expect(await grpcStatus(begun(session, watch))).toBe('8');
  expect(await answersOf(await opened())).toBe('answered');
  watches[0]?.close();
  await expect.poll(() => answersOf(session)).toBe('answered');
});

it.each([watch, '/latchkey.v1.AccessService/GetCallerIdentity'])(
  'of connections that leave calls of %s open, the largest end',
  async (path) => {
    const before = await opened();
    const probe = begun(before, watch);
    await once(probe, 'data');
    const count = Math.ceil(maxStrangersStreams / maxConcurrentStreams) + 1;
    const greedy: ClientHttp2Session[] = [];
    for (let index = 0; index < count; index++) greedy.push(await opened());
    for (const session of greedy)
      for (let stream = 0; stream < maxConcurrentStreams; stream++) {
        const open = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
        open.on('error', () => undefined);
        open.resume();
      }
    await expect.poll(() => greedy.some((session) => session.destroyed), { timeout: 15_000 }).toBe(true);
    expect(probe.closed).toBe(false);
  },
);

/** One Watch more: it is answered, or ends. */
async function answersOf(session: ClientHttp2Session): Promise<string | undefined> {
  const stream = begun(session, watch);
  const outcome = await Promise.race([once(stream, 'data').then(() => 'answered'), once(stream, 'end').then(() => 'refused')]);
  return outcome;
}

function begun(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
  stream.on('error', () => undefined);
  stream.end(frame(Buffer.alloc(0)));
  return stream;
}

async function opened(): Promise<ClientHttp2Session> {
  const session = connect(`http://${under.server.address}`, { maxSessionMemory: 1000 });
  session.on('error', () => undefined);
  sessions.push(session);
  await once(session, 'remoteSettings');
  return session;
}
