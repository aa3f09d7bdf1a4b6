import { once } from 'node:events';
import { type ClientHttp2Session, type Http2Session, type ServerHttp2Session, type ServerHttp2Stream, connect } from 'node:http2';
import { Server, type ServerUnaryCall } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  ListenerCredentials,
  connectionWindowBytes,
  maxFrameBytes,
  streamWindowBytes,
  tuneTransport,
} from '../../src/grpc/transport.ts';
import { frame } from './frame.ts';

/** What the transport takes for granted of the insides of grpc-js, with the version that is installed. */
const path = '/test.Echo/Echo';
let server: Server;
/** Whether streams are answered with `served`, instead of by gRPC. */
let isServed: boolean;
const served = Buffer.from('served');
let session: ClientHttp2Session;
let seen: {
  sessions: ServerHttp2Session[];
  streams: [ServerHttp2Stream, string][];
  servers: number;
  /** Calls that came to gRPC. */
  calls: number;
  chunks: number[];
};

beforeEach(async () => {
  isServed = false;
  seen = { sessions: [], streams: [], servers: 0, calls: 0, chunks: [] };
  server = new Server({ 'grpc.max_receive_message_length': -1 });
  const bytes = { requestSerialize: asItIs, requestDeserialize: asItIs, responseSerialize: asItIs, responseDeserialize: asItIs };
  server.addService(
    { Echo: { path, requestStream: false, responseStream: false, ...bytes } },
    {
      Echo: (call: ServerUnaryCall<Buffer, Buffer>, reply: (error: null, response: Buffer) => void) => {
        seen.calls += 1;
        reply(null, call.request);
      },
    },
  );
  tuneTransport(server, (stream, headers) => {
    seen.streams.push([stream, headers[':path'] ?? '']);
    stream.on('data', (chunk: Buffer) => seen.chunks.push(chunk.length));
    if (isServed) stream.end(served);
    return isServed;
  });
  const credentials = new ListenerCredentials({
    onServer: () => void (seen.servers += 1),
    onSession: (opened) => void seen.sessions.push(opened),
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)));
  session = connect(`http://127.0.0.1:${await promise}`);
});

afterEach(() => {
  session.destroy();
  server.forceShutdown();
});

it('tells clients its windows and frames', async () => {
  await once(session, 'remoteSettings');
  expect(session.remoteSettings).toMatchObject({ initialWindowSize: streamWindowBytes, maxFrameSize: maxFrameBytes });
  await expect.poll(() => stateOf(session).remoteWindowSize).toBe(connectionWindowBytes);
  expect(stateOf(seen.sessions[0]).effectiveLocalWindowSize).toBe(connectionWindowBytes);
});

it('sees the stream of a call before gRPC does, with its path, and every byte', async () => {
  const message = Buffer.alloc(100_000, 7);
  expect(await echo(message)).toEqual(frame(message));
  expect(seen.streams.map(([, streamPath]) => streamPath)).toEqual([path]);
  expect(sum(seen.chunks)).toBe(5 + message.length);
});

it('takes half a mebibyte without a word of its own, and echoes it', async () => {
  await once(session, 'remoteSettings');
  const before = bytesOf(seen.sessions[0]);
  const message = Buffer.alloc(512 * 1024, 7);
  const stream = openStream();
  stream.write(frame(message));
  await expect.poll(() => sum(seen.chunks)).toBe(5 + message.length);
  // With windows of 64 KiB the client would have had to be told eight times to go on.
  expect(bytesOf(seen.sessions[0]) - before).toBeLessThan(8 * windowUpdateBytes);
  stream.end();
  expect(await answerOf(stream)).toEqual(frame(message));
});

it('does not let gRPC see a stream that is served', async () => {
  isServed = true;
  expect(await echo(Buffer.alloc(10))).toEqual(served);
  expect(seen.calls).toBe(0);
  isServed = false;
  expect(await echo(Buffer.alloc(10))).toEqual(frame(Buffer.alloc(10)));
  expect(seen.calls).toBe(1);
});

it('tells of each server and connection', async () => {
  await echo(Buffer.alloc(10));
  expect([seen.servers, seen.sessions.length]).toEqual([1, 1]);
});

async function echo(message: Buffer): Promise<Buffer> {
  const stream = openStream();
  stream.end(frame(message));
  return answerOf(stream);
}

function openStream() {
  return session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
}

async function answerOf(stream: ReturnType<typeof openStream>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function stateOf(of: Http2Session | undefined) {
  if (of === undefined) throw new Error('There is no session.');
  return of.state;
}

/** Bytes that the server has sent on the connection. */
function bytesOf(of: Http2Session | undefined): number {
  return of?.socket.bytesWritten ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

const windowUpdateBytes = 13;
