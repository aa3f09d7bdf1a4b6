import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type Socket, connect } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { maxStrangers } from '../../src/grpc/listener.ts';
import { readMetrics } from '../e2e/metrics-page.ts';
import { useServer } from '../e2e/using-server.ts';
import { frame } from '../grpc/frame.ts';
import { grpcStatus } from './http2-calls.ts';
import { clientPreface, openStream } from './http2-frames.ts';

/** Connections that call and are nobody's: whoever makes them takes no place from others, and nobody who is somebody ends for them. */
const under = useServer();
const sockets: Socket[] = [];
const sessions: ClientHttp2Session[] = [];

afterAll(() => {
  for (const open of [...sessions, ...sockets]) open.destroy();
});

it('one address takes all places of strangers, and neither callers nor probes from elsewhere notice', async () => {
  const probe = connected('127.0.0.2');
  const caller = connected('127.0.0.1');
  expect([await check(probe), await caller.call()]).toEqual(['0', '0']);

  const more = 100;
  for (let batch = 0; batch < maxStrangers + more; batch += 128)
    await Promise.all(Array.from({ length: Math.min(128, maxStrangers + more - batch) }, () => anonymous()));

  expect([await check(probe), await caller.call(), await connected('127.0.0.1').call()]).toEqual(['0', '0', '0']);
  expect([probe, caller].map(({ session }) => session.closed)).toEqual([false, false]);
  const { value } = await readMetrics(under.server.metricsAddress);
  expect(value('latchkey_refused_connections_total{reason="TOO_MANY"}')).toBeGreaterThanOrEqual(more);
  expect(value('latchkey_open_connections')).toBeLessThan(maxStrangers + 10);
});

/** A connection with a call that is answered UNAUTHENTICATED. */
async function anonymous(): Promise<void> {
  const socket = connect(Number(port()), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  const call = { ':method': 'POST', ':scheme': 'http', ':path': path('GetCallerIdentity'), ':authority': 'x' };
  socket.write(Buffer.concat([clientPreface(), openStream(1, { ...call, 'content-type': 'application/grpc', te: 'trailers' })]));
  await once(socket, 'data');
  socket.resume();
}

interface Connected {
  readonly session: ClientHttp2Session;
  /** With the administrator's token. Answers its status. */
  call(): Promise<string | undefined>;
}

function connected(localAddress: string): Connected {
  const [host = ''] = under.server.address.split(':');
  const session = connectHttp2(`http://${under.server.address}`, {
    createConnection: () => connect({ host, port: Number(port()), localAddress }),
  });
  session.on('error', () => undefined);
  sessions.push(session);
  return { session, call: () => begin(session, path('GetCallerIdentity'), { authorization: `Bearer ${under.server.token}` }) };
}

/** As load balancers ask: nobody, on a connection that stays. */
function check({ session }: Connected): Promise<string | undefined> {
  return begin(session, '/grpc.health.v1.Health/Check');
}

function begin(session: ClientHttp2Session, to: string, more: Record<string, string> = {}): Promise<string | undefined> {
  const head = { ':method': 'POST', ':path': to, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...head, ...more });
  stream.on('error', () => undefined);
  stream.end(frame(Buffer.alloc(0)));
  return grpcStatus(stream);
}

function path(method: string): string {
  return `/latchkey.v1.AccessService/${method}`;
}

function port(): string {
  return under.server.address.split(':')[1] ?? '';
}
