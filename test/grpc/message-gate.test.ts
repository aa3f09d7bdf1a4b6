import { EventEmitter } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { statusEncoder } from '../../src/grpc/status.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { InFlightBytes } from '../../src/grpc/in-flight-bytes.ts';
import { MessageGate, memoryPerByte } from '../../src/grpc/message-gate.ts';

const large = 100_000;
const unary = '/a/Unary';
const longLived = '/a/Stream';
let gate: MessageGate | undefined;
afterEach(() => gate?.close());

/** What the gate uses of a stream of HTTP/2. */
class FakeStream extends EventEmitter {
  isPaused = false;
  headersSent = false;
  closed = false;
  destroyed = false;
  writableLength = 0;
  rstCode: number | undefined;
  responded: Record<string, unknown> | undefined;

  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  respond(headers: Record<string, unknown>): void {
    this.responded = headers;
    this.headersSent = true;
  }
  close(code: number): void {
    this.rstCode = code;
    this.closed = true;
    this.emit('close');
  }
}

function setUp({ maxBytes = memoryPerByte * large }: { maxBytes?: number } = {}) {
  const inFlight = new InFlightBytes({ maxBytes, maxWaiting: 1, maxWaitMs: 60_000 });
  let now = 0;
  const made = new MessageGate({
    inFlight,
    maxMessageBytes: 1_000_000,
    elapsed: () => now,
    encodeStatus: statusEncoder(loadProtocol()),
    longLived: new Set([longLived]),
  });
  gate = made;
  const open = (path = unary): FakeStream => {
    const stream = new FakeStream();
    made.pass(stream as unknown as ServerHttp2Stream, path);
    return stream;
  };
  const later = (milliseconds: number): void => {
    now += milliseconds;
    made.sweep();
  };
  return { inFlight, open, later };
}

function frame(length: number): Buffer {
  const bytes = Buffer.alloc(5 + length);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

describe('a message', () => {
  it('that is small is not counted, however it comes', async () => {
    const { inFlight, open } = setUp();
    const bytes = Buffer.concat([frame(0), frame(10), frame(64 * 1024), frame(3)]);
    for (const step of [1, 2, 3, 7, 1000, bytes.length]) {
      const stream = open();
      for (let at = 0; at < bytes.length; at += step) stream.emit('data', bytes.subarray(at, at + step));
      expect(stream.isPaused).toBe(false);
    }
    await setImmediate();
    expect(inFlight.used).toBe(0);
  });

  it('that is large is counted while it comes, wherever its prefix is cut', async () => {
    const { inFlight, open } = setUp();
    const bytes = frame(large);
    for (const cut of [1, 2, 3, 4, 5, 6]) {
      const stream = open();
      stream.emit('data', bytes.subarray(0, cut));
      stream.emit('data', bytes.subarray(cut, 1000));
      expect(inFlight.used).toBe(memoryPerByte * large);
      expect(stream.isPaused).toBe(false);
      stream.emit('data', bytes.subarray(1000));
      await setImmediate();
      expect(inFlight.used).toBe(0);
    }
  });

  it('that is large waits until there is memory, and then comes', async () => {
    const { inFlight, open } = setUp();
    const [first, second] = [open(), open()];
    first.emit('data', frame(large).subarray(0, 100));
    second.emit('data', frame(large).subarray(0, 100));
    expect(second.isPaused).toBe(true);
    second.resume();
    second.emit('data', Buffer.alloc(10));
    expect(second.isPaused).toBe(true);
    first.emit('data', frame(large).subarray(100));
    await setImmediate();
    expect(second.isPaused).toBe(false);
    expect(inFlight.used).toBe(memoryPerByte * large);
    second.emit('close');
    expect(inFlight.used).toBe(0);
  });

  it('for which there is no memory and no place to wait is refused by name', () => {
    const { open } = setUp();
    const [first, second, third, stream] = [open(), open(), open(), open(longLived)];
    first.emit('data', frame(large).subarray(0, 100));
    second.emit('data', frame(large).subarray(0, 100));
    third.emit('data', frame(large).subarray(0, 100));
    expect(third.responded).toMatchObject({ 'grpc-status': 8, 'grpc-retry-pushback-ms': '1000' });
    expect(third.closed).toBe(true);
    stream.headersSent = true;
    stream.emit('data', frame(large).subarray(0, 100));
    expect(stream.rstCode).toBe(11); // ENHANCE_YOUR_CALM
  });

  it('that is over the limit is left to gRPC', () => {
    const { inFlight, open } = setUp();
    const stream = open();
    stream.emit('data', frame(1_000_001).subarray(0, 500));
    stream.emit('data', Buffer.alloc(500, 0xff));
    expect(inFlight).toMatchObject({ used: 0, waiting: 0 });
  });
});

describe('a stream that is too slow', () => {
  it('is ended when its request does not come', () => {
    const { open, later } = setUp();
    const [silent, begun, complete, idle] = [open(), open(), open(), open(longLived)];
    begun.emit('data', frame(1000).subarray(0, 50));
    complete.emit('data', frame(1000));
    later(29_000);
    begun.emit('data', Buffer.alloc(1));
    later(29_000);
    for (const one of [silent, begun]) expect(one.responded).toMatchObject({ 'grpc-status': 4 });
    for (const one of [complete, idle]) expect(one.closed).toBe(false);
    idle.emit('data', frame(1000).subarray(0, 50));
    later(31_000);
    expect(idle.closed).toBe(true);
  });

  it('is not ended while it waits for memory', () => {
    const { open, later } = setUp();
    open().emit('data', frame(large).subarray(0, 100));
    const waiting = open();
    waiting.emit('data', frame(large).subarray(0, 100));
    later(50_000);
    expect(waiting.closed).toBe(false);
  });

  it('is reset when its answer is not taken, and not while it is', () => {
    const { open, later } = setUp();
    const [stuck, taking] = [open(longLived), open(longLived)];
    stuck.writableLength = 1024;
    taking.writableLength = 1024;
    later(5_000);
    for (const left of [1000, 900, 800]) {
      taking.writableLength = left;
      later(15_000);
    }
    expect(stuck.rstCode).toBe(8); // CANCEL
    expect(taking.closed).toBe(false);
  });
});
