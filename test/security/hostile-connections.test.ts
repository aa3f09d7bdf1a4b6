import { type ClientHttp2Session, type OutgoingHttpHeaders, connect as connectHttp2, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readMetrics } from '../e2e/metrics-page.ts';
import { varintField } from '../e2e/protobuf-bytes.ts';
import { useServer } from '../e2e/using-server.ts';
import { frame } from '../grpc/frame.ts';
import { grpcStatus } from './http2-calls.ts';

/** What a peer can do to the connection itself. The server refuses or waits, stays small, and serves the others. */
const under = useServer();
const path = '/latchkey.v1.CryptoService/GenerateRandom';

let session: ClientHttp2Session;
let headers: OutgoingHttpHeaders;

beforeEach(() => {
  const authorization = `Bearer ${under.server.token}`;
  headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', authorization };
  session = connectHttp2(`http://${under.server.address}`);
  session.on('error', () => undefined);
});
afterEach(async () => {
  session.destroy();
  expect((await under.latchkey.crypto.generateRandom({ number_of_bytes: 1 })).plaintext).toHaveLength(1);
  const { value } = await readMetrics(under.server.metricsAddress);
  expect(value('process_resident_memory_bytes')).toBeLessThan(600 * 1024 * 1024);
});

it('rapid reset: streams that are begun and cancelled at once', async () => {
  for (let batch = 0; batch < 20; batch++) {
    for (let stream = 0; stream < 100 && !session.destroyed; stream++) {
      const request = session.request(headers);
      request.on('error', () => undefined);
      request.close(constants.NGHTTP2_CANCEL);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await under.latchkey.server.getServerInfo({})).version).not.toBe('');
});

it('header flood: a header over the limit ends the stream or the connection', async () => {
  const flood = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-flood-${index}`, 'y'.repeat(1000)]));
  const request = session.request({ ...headers, ...flood });
  const closed = new Promise((resolve) => request.once('close', resolve));
  request.on('error', () => undefined);
  request.end();
  request.resume();
  await closed;
  expect(request.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
});

it('slow writer: a request that is never finished keeps nobody else waiting', async () => {
  const request = session.request(headers);
  request.on('error', () => undefined);
  request.write(Buffer.of(0, 0, 0, 0, 2, 0x08));
  const started = performance.now();
  await under.latchkey.crypto.generateRandom({ number_of_bytes: 1 });
  expect(performance.now() - started).toBeLessThan(5000);
});

it('a length prefix of 4 GiB is refused before anything is kept for it', async () => {
  const request = session.request(headers);
  request.on('error', () => undefined);
  const trailers = once(request, 'trailers').catch(() => []);
  const answered = Promise.race([trailers, once(request, 'response')]);
  request.write(Buffer.of(0, 0xff, 0xff, 0xff, 0xff, 0x08));
  const [fields] = (await answered) as [Record<string, string>];
  expect(fields['grpc-status']).toBe('8');
});

it('a compressed message in a coding that is not offered is refused', async () => {
  const request = session.request({ ...headers, 'grpc-encoding': 'snappy' });
  request.on('error', () => undefined);
  request.end(Buffer.of(1, 0, 0, 0, 1, 0x08));
  const [fields] = (await once(request, 'response')) as [Record<string, string>];
  expect(fields['grpc-status']).not.toBe('0');
});

it('bytes that are not HTTP/2 end their own connection', async () => {
  const [host = '', port = ''] = under.server.address.split(':');
  const socket = connectSocket(Number(port), host);
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(10));
  socket.resume();
  await once(socket, 'close');
  expect(socket.destroyed).toBe(true);
});

it('a header whose value is the name of one takes nothing for it', async () => {
  const request = session.request({ ...headers, 'x-first': 'authorization', 'x-second': 'anything' });
  request.on('error', () => undefined);
  request.end(frame(varintField(1, 1)));
  expect(await grpcStatus(request)).toBe('0');
});

it('other methods and content types are refused', async () => {
  for (const wrong of [
    { ...headers, ':method': 'GET' },
    { ...headers, 'content-type': 'application/json' },
  ]) {
    const request = session.request(wrong);
    request.on('error', () => undefined);
    request.end();
    const [fields] = (await once(request, 'response')) as [Record<string, string | number>];
    expect(fields[':status'] === 200 && fields['grpc-status'] === undefined).toBe(false);
  }
});
