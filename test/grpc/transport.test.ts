import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  connect,
  constants,
} from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { Server, ServerCredentials, ServerInterceptingCall, type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  connectionWindowBytes,
  maxFrameBytes,
  streamOf,
  streamWindowBytes,
  tuneTransport,
  writeFrame,
} from '../../src/grpc/transport.ts';
import { frame } from './frame.ts';

/** What the transport takes for granted of the insides of grpc-js, with the version that is installed. */
const path = '/test.Echo/Echo';
let server: Server;
/** What every call is answered with, if it is not to be echoed. */
let framed: Buffer[] | undefined;
let session: ClientHttp2Session;
let seen: {
  sessions: ServerHttp2Session[];
  streams: [ServerHttp2Stream, string][];
  ofCalls: ServerHttp2Stream[];
  chunks: number[];
  written: boolean[];
};

beforeEach(async () => {
  framed = undefined;
  seen = { sessions: [], streams: [], ofCalls: [], chunks: [], written: [] };
  server = new Server({
    'grpc.max_receive_message_length': -1,
    interceptors: [
      (_method, call) => {
        seen.ofCalls.push(streamOf(call));
        return new ServerInterceptingCall(call, framed && { start: () => answerInFrames(call, framed ?? []) });
      },
    ],
  });
  const bytes = { requestSerialize: asItIs, requestDeserialize: asItIs, responseSerialize: asItIs, responseDeserialize: asItIs };
  server.addService(
    { Echo: { path, requestStream: false, responseStream: false, ...bytes } },
    { Echo: ({ request }: { request: Buffer }, reply: (error: null, response: Buffer) => void) => reply(null, request) },
  );
  tuneTransport(server, {
    onSession: (opened) => void seen.sessions.push(opened),
    onStream: (stream, streamPath) => {
      seen.streams.push([stream, streamPath]);
      stream.on('data', (chunk: Buffer) => seen.chunks.push(chunk.length));
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
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
  expect(seen.ofCalls).toEqual([seen.streams[0]?.[0]]);
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

it('writes messages that stand in their frames, behind the headers of gRPC and before its status', async () => {
  framed = [1, 70_000, 3_000_000].map((size) => frame(Buffer.alloc(size, size)));
  const stream = openStream();
  const [headers, trailers] = [once(stream, 'response'), once(stream, 'trailers')];
  stream.end(frame(Buffer.alloc(1)));
  expect(await answerOf(stream)).toEqual(Buffer.concat(framed));
  expect((await headers)[0]).toMatchObject({ ':status': 200, 'content-type': 'application/grpc+proto' });
  expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' });
  expect(seen.written).toEqual([true, true, true]);
});

it('does not say that a frame is done with when its stream was reset on the way', async () => {
  framed = [frame(Buffer.alloc(40_000_000))];
  const stream = openStream();
  stream.on('error', () => undefined);
  stream.end(frame(Buffer.alloc(1)));
  await once(stream, 'data');
  stream.close(constants.NGHTTP2_CANCEL);
  await expect.poll(() => seen.ofCalls[0]?.destroyed).toBe(true);
  await setTimeout(100);
  expect(seen.written).not.toContain(true);
});

it('says so when grpc-js keeps the stream elsewhere', () => {
  expect(() => streamOf(Object.create(null) as Parameters<typeof streamOf>[0])).toThrow(/elsewhere/);
});

function answerInFrames(call: ServerInterceptingCallInterface, frames: readonly Buffer[]): void {
  call.start({
    onReceiveMetadata: () => call.startRead(),
    onReceiveMessage: () => call.startRead(),
    onReceiveHalfClose: () => {
      for (const each of frames) writeFrame(call, each, (isDone) => seen.written.push(isDone));
      call.sendStatus({ code: status.OK, details: 'OK', metadata: null });
    },
    onCancel: () => undefined,
  });
}

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
