import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  connect,
  constants,
  createServer,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import type { DirectCall } from '../../src/grpc/direct-call.ts';
import { KmsError, invalidField } from '../../src/errors.ts';
import { servedDirectly } from '../../src/grpc/served-directly.ts';
import { statusEncoder } from '../../src/grpc/status.ts';
import { allocateWithHeadroom } from '../../src/headroom.ts';
import { frame } from './frame.ts';
import { rememberPeer } from '../../src/grpc/peer.ts';
import type { StreamTaker } from '../../src/grpc/transport.ts';
import { ownersCredentials } from '../fakes/callers.ts';

vi.setConfig({ testTimeout: 10_000 });

const path = '/test.Service/Method';
const maxMessageBytes = 1024 * 1024;
const now = 1_000_000;
const encodeStatus = statusEncoder(loadProtocol());

let server: Http2Server;
let session: ClientHttp2Session;
/** What the server has to do with the calls, and what they told it. */
let served: ((call: DirectCall) => void) | undefined;
/** Who sees the streams before. */
let before: ((stream: ServerHttp2Stream) => void) | undefined;
/** The last call that came. */
let called: PromiseWithResolvers<DirectCall>;
/** Bytes of requests. */
let received: number;
let stream: ServerHttp2Stream;
let told: (Buffer | string)[];
let refused: [string, string][];
let left: string[];

beforeEach(async () => {
  [told, refused, left, served, before] = [[], [], [], undefined, undefined];
  called = Promise.withResolvers();
  received = 0;
  const serve = servedDirectly({
    methods: new Map([[path, keep]]),
    maxMessageBytes,
    encodeStatus,
    refused: (of, { reason }) => void refused.push([of, reason]),
    now: () => now,
  });
  server = createServer();
  const taken: StreamTaker = (opened, headers, rawHeaders) => serve(opened, headers, rawHeaders);
  server.on('session', (opened) => rememberPeer(opened, ownersCredentials.connection));
  server.on('stream', (opened, headers) => {
    stream = opened;
    opened.on('data', (chunk: Buffer) => (received += chunk.length));
    before?.(opened);
    if (taken(opened, headers, [])) return;
    left.push(String(headers[':path']));
    opened.respond({ ':status': 415 }, { endStream: true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(() => {
  session.destroy();
  server.close();
});

/** The method under test: it only remembers what it is told. */
function keep(call: DirectCall): void {
  const tell = told;
  call.start({
    onReceiveMessage: (message) => void tell.push(message),
    onReceiveHalfClose: () => void tell.push('half-close'),
    onEnded: (error) => void tell.push(error instanceof KmsError ? error.reason : error.outcome),
    onClose: () => void tell.push('close'),
  });
  served?.(call);
  called.resolve(call);
}

describe('messages', () => {
  it('are handed over one by one as they are asked for, and then the end of them', async () => {
    const messages = [Buffer.alloc(0), Buffer.alloc(100, 1), Buffer.alloc(200_000, 2), Buffer.alloc(3, 3)];
    const request = open();
    request.end(Buffer.concat(messages.map(frame)));
    const call = await called.promise;
    for (const [index] of messages.entries()) {
      call.startRead();
      await expect.poll(() => told).toHaveLength(index + 1);
      await turn();
      expect(told).toEqual(messages.slice(0, index + 1));
    }
    call.startRead();
    await expect.poll(() => told.at(-1)).toBe('half-close');
  });

  it('that are not asked for stay with the caller', async () => {
    const request = open();
    const bytes = frame(Buffer.alloc(16_000));
    for (let count = 0; count < 100; count++) request.write(bytes);
    const call = await called.promise;
    await expect.poll(() => stream.readableFlowing).toBe(false);
    await turn();
    expect(received).toBeLessThanOrEqual(5 * bytes.length);
    for (let count = 1; count <= 100; count++) {
      call.startRead();
      await expect.poll(() => told).toHaveLength(count);
    }
    expect(received).toBe(100 * bytes.length);
  });

  it('stay with the caller as a whole while the call is held', async () => {
    served = (opened) => opened.hold();
    const request = open();
    const bytes = frame(Buffer.alloc(16_000));
    request.end(bytes);
    const call = await called.promise;
    await turn();
    expect(received).toBe(0);
    call.startRead();
    await expect.poll(() => told).toHaveLength(1);
    call.startRead();
    await expect.poll(() => told.at(-1)).toBe('half-close');
  });

  it('are handed over at once when they have come before', async () => {
    open().end(Buffer.concat([frame(Buffer.of(1)), frame(Buffer.of(2))]));
    const call = await called.promise;
    await expect.poll(() => stream.readableFlowing).toBe(false);
    call.startRead();
    expect(told).toEqual([Buffer.of(1)]);
    call.startRead();
    expect(told).toEqual([Buffer.of(1), Buffer.of(2)]);
  });

  it('are refused by their length, with a reason', async () => {
    served = (opened) => opened.startRead();
    const answer = await answerOf(open(), Buffer.of(0, 0, 0x10, 0, 1));
    expect(answer.headers['grpc-status']).toBe(`${status.RESOURCE_EXHAUSTED}`);
    expect(answer.message).toBe('A message has at most 1048576 bytes (LATCHKEY_MAX_MESSAGE_BYTES).');
    await expect.poll(() => told).toEqual(['LIMIT_EXCEEDED', 'close']);
  });

  it('that are cut off are refused', async () => {
    served = (opened) => opened.startRead();
    const answer = await answerOf(open(), frame(Buffer.alloc(10)).subarray(0, 12));
    expect(answer.headers['grpc-status']).toBe(`${status.INVALID_ARGUMENT}`);
    await expect.poll(() => told).toEqual(['INVALID_REQUEST', 'close']);
  });

  it('of a stream that somebody before has closed are not handed over', async () => {
    before = (opened) => opened.on('data', () => opened.close(constants.NGHTTP2_NO_ERROR));
    served = (call) => call.startRead();
    open().end(frame(Buffer.of(1)));
    await expect.poll(() => told).toEqual(['close']);
  });

  it('behind the end of the call are not handed over', async () => {
    const request = open();
    request.write(Buffer.concat([frame(Buffer.of(1)), frame(Buffer.of(2))]));
    const call = await called.promise;
    await expect.poll(() => stream.readableFlowing).toBe(false);
    call.startRead();
    call.sendStatus('OK');
    call.startRead();
    await answerOf(request);
    call.startRead();
    await expect.poll(() => told).toEqual([Buffer.of(1), 'close']);
  });

  it('may end after they were asked for', async () => {
    const request = open();
    const call = await called.promise;
    call.startRead();
    request.end();
    await expect.poll(() => told).toEqual(['half-close']);
  });

  it('do not make a stream flow on that others hold back', async () => {
    open().write(Buffer.concat([frame(Buffer.of(1)), frame(Buffer.of(2))]));
    const call = await called.promise;
    await expect.poll(() => stream.readableFlowing).toBe(false);
    for (let asked = 0; asked < 3; asked++) call.startRead();
    expect(stream.readableFlowing).toBe(true);
    stream.pause();
    call.startRead();
    expect(stream.readableFlowing).toBe(false);
  });

  it('do not end when the caller resets the stream', async () => {
    served = (opened) => opened.startRead();
    const request = open();
    request.write(frame(Buffer.of(1)));
    const call = await called.promise;
    await expect.poll(() => told).toHaveLength(1);
    call.startRead();
    request.destroy();
    await expect.poll(() => told).toEqual([Buffer.of(1), 'close']);
  });

  it('may break off with an error of the stream', async () => {
    const request = open();
    request.write(Buffer.of(0));
    const call = await called.promise;
    expect(call.session).toBe(stream.session);
    request.close(constants.NGHTTP2_INTERNAL_ERROR);
    await expect.poll(() => told.at(-1)).toBe('close');
  });
});

describe('answers', () => {
  it('are messages, and a status behind them', async () => {
    const messages = [1, 70_000, 1_000_000].map((size) => Buffer.alloc(size, size % 251));
    served = (opened) => {
      for (const message of messages) opened.sendMessage(message, () => undefined);
      opened.sendStatus('OK');
    };
    const answer = await answerOf(open());
    expect(answer.headers).toMatchObject({
      ':status': 200,
      'content-type': 'application/grpc+proto',
      'grpc-accept-encoding': 'identity',
    });
    expect(answer.body).toEqual(Buffer.concat(messages.map(frame)));
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0' });
    await expect.poll(() => told).toEqual(['close']);
  });

  it('may be a status alone, with its details', async () => {
    served = (opened) => opened.sendStatus(encodeStatus(invalidField('größe', 'is 5 % wrong.')));
    const answer = await answerOf(open());
    expect(answer.headers).toMatchObject({ ':status': 200, 'grpc-status': `${status.INVALID_ARGUMENT}` });
    expect(answer.headers['grpc-message']).toBe('gr%C3%B6%C3%9Fe:%20is%205%20%25%20wrong.');
    expect(answer.headers['grpc-status-details-bin']).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(answer.trailers).toBeUndefined();
  });

  it('end once, and nothing follows', async () => {
    served = (opened) => {
      opened.sendMessage(Buffer.of(1), () => undefined);
      opened.sendStatus('OK');
      opened.sendStatus(encodeStatus(invalidField('x', 'is wrong.')));
      opened.sendMessage(Buffer.of(2), () => undefined);
    };
    const answer = await answerOf(open());
    expect(answer.body).toEqual(frame(Buffer.of(1)));
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0' });
  });

  it('leave from where they were written, and their memory is freed when they have left', async () => {
    const message = allocateWithHeadroom(maxMessageBytes).fill(7);
    let sent = 0;
    served = (opened) => {
      opened.sendMessage(message, () => (sent += 1));
      opened.sendStatus('OK');
    };
    const answer = await answerOf(open());
    expect(answer.body).toEqual(frame(Buffer.alloc(maxMessageBytes, 7)));
    expect({ sent, bytes: message.length }).toEqual({ sent: 1, bytes: 0 });
  });

  it('that the socket may still read are left alone: their stream was reset', async () => {
    const message = allocateWithHeadroom(40_000_000);
    served = (opened) => opened.sendMessage(message, () => undefined);
    const request = open();
    await once(request, 'data');
    request.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => told).toEqual(['close']);
    await turn();
    const call = await called.promise;
    expect(message.length).toBe(40_000_000);
    call.sendMessage(Buffer.of(1), () => told.push('half-close'));
    call.sendStatus('OK');
    await turn();
    expect(told).toEqual(['close']);
  });

  it('may come before the request: what still comes of it is dropped', async () => {
    const request = open();
    request.write(Buffer.concat([frame(Buffer.of(1)), frame(Buffer.of(2))]));
    const call = await called.promise;
    await expect.poll(() => stream.readableFlowing).toBe(false);
    call.sendStatus('OK');
    const answer = await answerOf(request, Buffer.alloc(1_000_000));
    expect(answer.headers['grpc-status']).toBe('0');
    await expect.poll(() => told).toEqual(['close']);
  });
});

describe('a deadline', () => {
  it('is read in every unit', async () => {
    const timeouts: [string, number][] = [
      ['2H', 7_200_000],
      ['3M', 180_000],
      ['99999999S', 99_999_999_000],
      ['5m', 5],
      ['6000u', 6],
      ['7000000n', 7],
    ];
    const deadlines: number[] = [];
    served = (opened) => {
      deadlines.push(opened.deadline);
      opened.sendStatus('OK');
    };
    for (const [timeout, milliseconds] of timeouts) {
      await answerOf(open({ 'grpc-timeout': timeout }));
      expect(deadlines.at(-1)).toBe(now + milliseconds);
    }
    await answerOf(open());
    expect(deadlines.at(-1)).toBe(Infinity);
  });

  it('ends a call that nobody ends', async () => {
    const answer = await answerOf(open({ 'grpc-timeout': '20m' }));
    expect(answer.headers['grpc-status']).toBe(`${status.DEADLINE_EXCEEDED}`);
    await expect.poll(() => told).toEqual(['DEADLINE_EXCEEDED', 'close']);
  });

  it('may be further away than any timer goes', async () => {
    const request = open({ 'grpc-timeout': '99999999H' });
    const call = await called.promise;
    await turn();
    expect(told).toEqual([]);
    call.sendStatus('OK');
    expect((await answerOf(request)).headers['grpc-status']).toBe('0');
  });

  it('is not waited for when the call has ended', async () => {
    served = (call) => call.sendStatus('OK');
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const timersBefore = timers();
    await answerOf(open({ 'grpc-timeout': '1H' }));
    served = undefined;
    const request = open({ 'grpc-timeout': '1H' });
    await called.promise;
    request.destroy();
    for (let waited = 0; waited < 100_000 && timers() > timersBefore; waited++) await new Promise(setImmediate);
    expect(timers()).toBeLessThanOrEqual(timersBefore);
  });

  it.each(['', '5', 'm', '123456789m', '-1m', '1.5S', '1 S'])('that is no time is refused: %j', async (timeout) => {
    const answer = await answerOf(open({ 'grpc-timeout': timeout }));
    expect(answer.headers['grpc-status']).toBe(`${status.INVALID_ARGUMENT}`);
    expect(answer.message).toMatch(/^grpc-timeout: /);
    expect(refused).toEqual([[path, 'INVALID_REQUEST']]);
  });
});

it('leaves other methods, and what is not gRPC, to others', async () => {
  const others: OutgoingHttpHeaders[] = [
    { ':path': '/test.Service/Other' },
    { 'content-type': 'application/json' },
    { 'content-type': undefined },
  ];
  for (const other of others) expect((await answerOf(open(other))).headers[':status']).toBe(415);
  expect(left).toEqual(['/test.Service/Other', path, path]);
});

function open(headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  const request = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers };
  return session.request(request, { endStream: false }).on('error', () => undefined);
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  /** Of the status, when there was no message. */
  readonly message: string;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders | undefined;
}

/** Sends the rest of the request and reads the answer to its end. */
async function answerOf(request: ClientHttp2Stream, rest: Buffer = Buffer.alloc(0)): Promise<Answer> {
  let trailers: IncomingHttpHeaders | undefined;
  request.on('trailers', (given: IncomingHttpHeaders) => (trailers = given));
  const responded = once(request, 'response') as Promise<[IncomingHttpHeaders]>;
  request.end(rest);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [headers] = await responded;
  const message = decodeURI(String(headers['grpc-message'] ?? ''));
  return { headers, message, body: Buffer.concat(chunks), trailers };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
