import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Server, ServerCredentials, type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { neverCalled, servedDirectly } from '../../src/grpc/direct-call.ts';
import { maxFrameBytes, streamOf, streamWindowBytes, tuneTransport } from '../../src/grpc/transport.ts';

/** grpc-js has no option for any of this: a version of it that differs inside must fail here. */
const path = '/test/Call';
let server: Server;
let port = 0;
let ports: (number | undefined)[];
let streams: string[];

beforeEach(async () => {
  ports = [];
  streams = [];
  const answer = (call: ServerInterceptingCallInterface): void => {
    ports.push(streamOf(call).session?.socket.localPort);
    call.start({
      onReceiveMetadata: () => call.startRead(),
      onReceiveMessage: () => call.sendStatus({ code: status.OK, details: '', metadata: null }),
      onReceiveHalfClose: () => undefined,
      onCancel: () => undefined,
    });
  };
  server = new Server({ interceptors: [servedDirectly(new Map([[path, answer]]))], 'grpc.max_receive_message_length': -1 });
  const asItIs = (bytes: Buffer): Buffer => bytes;
  const method = { path, requestStream: false, responseStream: false } as const;
  const bytes = { requestSerialize: asItIs, requestDeserialize: asItIs, responseSerialize: asItIs, responseDeserialize: asItIs };
  server.addService({ Call: { ...method, ...bytes } }, { Call: neverCalled });
  tuneTransport(server, { onSession: () => undefined, onStream: (_stream, opened) => streams.push(opened) });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  port = await promise;
});
afterEach(() => server.forceShutdown());

it('lets clients send a megabyte at once, in frames of a megabyte', async () => {
  const session = connectTo(port);
  await once(session, 'remoteSettings');
  expect(session.remoteSettings).toMatchObject({ initialWindowSize: streamWindowBytes, maxFrameSize: maxFrameBytes });
  session.destroy();
});

it('shows every stream before gRPC has it, and finds the stream of a call', async () => {
  const session = connectTo(port);
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const request = session.request(headers);
  request.end(Buffer.alloc(5));
  const [answered] = (await once(request, 'response')) as [Record<string, string>];
  expect(answered['grpc-status']).toBe('0');
  expect(streams).toEqual([path]);
  expect(ports).toEqual([port]);
  session.destroy();
});

function connectTo(to: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${to}`);
  // It ends with the server.
  session.on('error', () => undefined);
  return session;
}
