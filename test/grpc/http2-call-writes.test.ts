import { EventEmitter } from 'node:events';
import type { Http2Session, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { expect, it } from 'vitest';
import type { DirectMethod } from '../../src/grpc/direct-call.ts';
import { rememberPeer } from '../../src/grpc/peer.ts';
import { servedDirectly } from '../../src/grpc/served-directly.ts';
import { allocateWithHeadroom } from '../../src/headroom.ts';
import { ownersCredentials } from '../fakes/callers.ts';

const mebibyte = 1024 * 1024;

it.each([
  ['failed', false, new Error('cancelled'), 0],
  ['destroyed', true, null, 1],
] as const)('does not free an answer on a stream that was %s: the socket may still read it', (_, isDestroyed, error, calls) => {
  const fake = new FakeStream();
  const message = allocateWithHeadroom(mebibyte);
  let sent = 0;
  serve(fake, (call) => call.sendMessage(message, () => (sent += 1)));
  fake.destroyed = isDestroyed;
  fake.written(error);
  expect({ sent, bytes: message.length }).toEqual({ sent: calls, bytes: mebibyte });
});

it('sends no status when the stream was closed in the meantime', () => {
  const fake = new FakeStream();
  serve(fake, (call) => {
    call.sendMessage(Buffer.of(1), () => undefined);
    call.sendStatus('OK');
  });
  fake.closed = true;
  fake.emit('wantTrailers');
  expect(fake.trailers).toBeUndefined();
});

it('does not serve a stream whose connection ended before it was seen', () => {
  const fake = new FakeStream();
  fake.session = undefined;
  let served = 0;
  expect(serve(fake, () => (served += 1))).toBe(true);
  expect({ served, headersSent: fake.headersSent }).toEqual({ served: 0, headersSent: false });
});

/** A stream whose end the test decides. */
class FakeStream extends EventEmitter {
  closed = false;
  destroyed = false;
  headersSent = false;
  session: Http2Session | undefined = connection();
  trailers: OutgoingHttpHeaders | undefined;
  written: (error: Error | null) => void = () => undefined;

  respond(): void {
    this.headersSent = true;
  }

  write(_frame: Buffer, written: (error: Error | null) => void): void {
    this.written = written;
  }

  end(): void {}

  sendTrailers(trailers: OutgoingHttpHeaders): void {
    this.trailers = trailers;
  }
}

/** Lets a method serve a call on the stream. */
function serve(stream: FakeStream, method: DirectMethod): boolean {
  const unexpected = () => {
    throw new Error('The call was refused.');
  };
  const parts = { methods: new Map([['/x', method]]), maxMessageBytes: mebibyte, encodeStatus: unexpected, refused: unexpected };
  const headers = { ':path': '/x', 'content-type': 'application/grpc' };
  return servedDirectly({ ...parts, now: () => 0 })(stream as unknown as ServerHttp2Stream, headers, []);
}

function connection(): Http2Session {
  const session = new EventEmitter() as Http2Session;
  rememberPeer(session, ownersCredentials.connection);
  return session;
}
