import { constants } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryPerByte } from '../../src/grpc/in-flight-bytes.ts';
import { frame } from './frame.ts';
import { startGate as start } from './start-gate.ts';

const mebibyte = 1024 * 1024;
const large = frame(Buffer.alloc(mebibyte));
const [head, rest] = [large.subarray(0, 100), large.subarray(100)];
const small = frame(Buffer.alloc(100));
const memory = memoryPerByte * mebibyte;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a large message', () => {
  it('is counted when its prefix has come, wherever that is cut', () => {
    for (let cut = 1; cut <= 5; cut++) {
      const { inFlight, open } = start();
      const stream = open();
      stream.arrive(large.subarray(0, cut));
      expect(inFlight.used).toBe(cut < 5 ? 0 : memory);
      stream.arrive(large.subarray(cut, 100));
      expect(inFlight.used).toBe(memory);
      stream.arrive(rest);
      vi.runAllTicks();
      vi.advanceTimersByTime(1);
      expect(inFlight.used).toBe(0);
    }
  });

  it('is still counted in the turn in which it is taken over', () => {
    const { inFlight, open } = start();
    const stream = open();
    stream.arrive(head, rest);
    expect(inFlight.used).toBe(memory);
    vi.advanceTimersByTime(1);
    expect(inFlight.used).toBe(0);
  });

  it('waits until there is memory, with one more chunk in memory at most', () => {
    const { inFlight, open } = start();
    inFlight.take(6 * mebibyte);
    const stream = open();
    stream.arrive(head);
    expect(inFlight.waiting).toBe(1);
    stream.arrive(rest.subarray(0, 10));
    expect(stream.isPaused()).toBe(true);
    inFlight.release(6 * mebibyte);
    expect(stream.isPaused()).toBe(false);
    stream.arrive(rest.subarray(10));
    vi.advanceTimersByTime(1);
    expect(inFlight).toMatchObject({ used: 0, waiting: 0 });
  });

  it('does not resume what others have paused', () => {
    const { inFlight, open } = start();
    inFlight.take(6 * mebibyte);
    const stream = open('/long/lived');
    stream.arrive(Buffer.concat([small, head]));
    // A message has come and nobody asks for the next.
    stream.pause();
    inFlight.release(6 * mebibyte);
    expect(stream.isPaused()).toBe(true);
    expect(inFlight.used).toBe(memory);
  });

  it('that comes while it waits waits no more', () => {
    const { inFlight, open } = start();
    inFlight.take(6 * mebibyte);
    const stream = open('/long/lived');
    stream.arrive(head, rest);
    stream.resume();
    expect(inFlight).toMatchObject({ used: 6 * mebibyte, waiting: 0 });
    inFlight.release(6 * mebibyte);
    expect(inFlight.used).toBe(0);
  });

  it('is counted for itself when it begins in the chunk in which another ends', () => {
    const { inFlight, open } = start();
    const stream = open('/long/lived');
    const first = frame(Buffer.alloc(70_000));
    stream.arrive(first.subarray(0, 100));
    expect(inFlight.used).toBe(memoryPerByte * 70_000);
    stream.arrive(Buffer.concat([first.subarray(100), head]));
    vi.advanceTimersByTime(1);
    expect(inFlight.used).toBe(memory);
  });

  it('is refused with RESOURCE_EXHAUSTED when it waited too long', () => {
    const { inFlight, open } = start();
    inFlight.take(6 * mebibyte);
    const stream = open();
    stream.arrive(head, rest.subarray(0, 10));
    vi.advanceTimersByTime(10_000);
    expect(stream.response).toMatchObject({
      ':status': 200,
      'grpc-status': status.RESOURCE_EXHAUSTED,
      'grpc-retry-pushback-ms': '1000',
    });
    expect(stream).toMatchObject({ rstCode: constants.NGHTTP2_NO_ERROR, readableFlowing: true });
    expect(inFlight).toMatchObject({ used: 6 * mebibyte, waiting: 0 });
  });

  it('is refused at once when too many wait; a stream that was answered before is reset', () => {
    const { inFlight, open } = start();
    inFlight.take(8 * mebibyte);
    for (const stream of [open(), open()]) stream.arrive(head);
    const refused = open();
    refused.arrive(head);
    expect(refused.response).toMatchObject({ 'grpc-status': status.RESOURCE_EXHAUSTED });
    const streaming = open('/long/lived');
    streaming.write(Buffer.alloc(1));
    streaming.arrive(head);
    expect(streaming).toMatchObject({ response: undefined, rstCode: constants.NGHTTP2_ENHANCE_YOUR_CALM });
  });

  it('is forgotten when its stream closes, waiting or not', () => {
    const { inFlight, open } = start();
    const coming = open();
    coming.arrive(head);
    inFlight.take(4 * mebibyte);
    const waiting = open();
    waiting.arrive(head, rest.subarray(0, 10));
    expect(inFlight).toMatchObject({ used: memory + 4 * mebibyte, waiting: 1 });
    waiting.close(constants.NGHTTP2_CANCEL);
    coming.close(constants.NGHTTP2_CANCEL);
    vi.advanceTimersByTime(1);
    expect(inFlight).toMatchObject({ used: 4 * mebibyte, waiting: 0 });
  });

  it('is forgotten when its call was answered before it came', () => {
    const { inFlight, open } = start();
    const stream = open();
    stream.arrive(head);
    stream.respond({});
    stream.arrive(rest.subarray(0, 10));
    vi.advanceTimersByTime(1);
    expect(inFlight.used).toBe(0);
    stream.arrive(rest.subarray(10), large);
    expect(inFlight.used).toBe(0);
  });
});

describe('other messages', () => {
  it('small ones wait for nothing, however many a chunk has', () => {
    const { inFlight, open } = start();
    inFlight.take(8 * mebibyte);
    const stream = open('/long/lived');
    stream.arrive(Buffer.concat(Array.from({ length: 1000 }, () => small)));
    expect(inFlight.waiting).toBe(0);
    expect(stream).toMatchObject({ readableFlowing: true, closed: false });
  });

  it('one over the limit is not counted: what serves the stream refuses it', () => {
    const { inFlight, open } = start();
    const stream = open();
    stream.arrive(Buffer.of(0, 0xff, 0xff, 0xff, 0xff), Buffer.alloc(100_000));
    expect(inFlight).toMatchObject({ used: 0, waiting: 0 });
    expect(stream).toMatchObject({ readableFlowing: true, closed: false });
  });

  it('one longer than its method takes is refused by its prefix', () => {
    const { inFlight, open, refused } = start();
    open('/short').arrive(frame(Buffer.alloc(1000)));
    expect(refused).toEqual([]);
    const stream = open('/short');
    stream.arrive(head);
    expect(stream.response).toMatchObject({ 'grpc-status': status.INVALID_ARGUMENT });
    expect(refused).toEqual([['/short', 'INVALID_REQUEST']]);
    expect(inFlight.used).toBe(0);
  });

  it('one in very many pieces is refused', () => {
    const { open } = start();
    const [bytewise, coarse] = [open(), open()];
    const bytes = frame(Buffer.alloc(2560));
    for (let at = 0; at < bytes.length; at++) {
      if (at < 266 || bytewise.response === undefined) bytewise.arrive(bytes.subarray(at, at + 1));
      if (at % 10 === 0) coarse.arrive(bytes.subarray(at, at + 10));
    }
    expect(bytewise.response).toMatchObject({ 'grpc-status': status.INVALID_ARGUMENT });
    expect(coarse.response).toBeUndefined();
  });

  it('a compressed one is refused by its first byte', () => {
    const { open } = start();
    const stream = open();
    stream.arrive(Buffer.of(1));
    expect(stream.response).toMatchObject({ 'grpc-status': status.UNIMPLEMENTED });
    expect(stream.closed).toBe(true);
  });
});

describe('a slow sender', () => {
  it('has half a minute, and a second for each MiB', () => {
    const { open, pass } = start();
    const [silent, slow] = [open(), open()];
    slow.arrive(head);
    pass(30_000);
    expect(silent.closed).toBe(false);
    pass(1);
    expect(silent.response).toMatchObject({ 'grpc-status': status.DEADLINE_EXCEEDED });
    pass(1023);
    expect(slow.closed).toBe(false);
    pass(1);
    expect(slow.response).toMatchObject({ 'grpc-status': status.DEADLINE_EXCEEDED });
  });

  it('is not who waits for memory; its time begins when it gets it', () => {
    const { inFlight, open, pass } = start();
    inFlight.take(6 * mebibyte);
    const stream = open();
    stream.arrive(head, rest.subarray(0, 10));
    pass(100_000);
    expect(stream.closed).toBe(false);
    inFlight.release(6 * mebibyte);
    pass(31_000);
    expect(stream.closed).toBe(false);
    pass(100);
    expect(stream.closed).toBe(true);
  });

  it('is who never ends its request, although the message has come', () => {
    const { open, pass } = start();
    const [ended, open_] = [open(), open()];
    for (const stream of [ended, open_]) stream.arrive(small);
    ended.halfClose();
    pass(31_000);
    expect(ended.closed).toBe(false);
    expect(open_.closed).toBe(true);
  });

  it('of a long-lived stream has that time for each message, and as long as it likes between them', () => {
    const { open, pass } = start();
    const stream = open('/long/lived');
    pass(1_000_000);
    stream.arrive(small);
    pass(1_000_000);
    expect(stream.closed).toBe(false);
    stream.arrive(small.subarray(0, 3));
    pass(29_000);
    stream.arrive(small.subarray(3, 4));
    pass(2_000);
    expect(stream.closed).toBe(true);
  });

  it('of a long-lived stream has that time to end when it was answered', () => {
    const { open, pass } = start();
    const stream = open('/long/lived');
    pass(1_000_000);
    stream.respond({});
    pass(0);
    pass(30_000);
    expect(stream.closed).toBe(false);
    pass(1);
    expect(stream.closed).toBe(true);
  });
});

it('lets nobody be slow who is not read from', () => {
  const { open, pass } = start();
  const stream = open('/long/lived');
  stream.arrive(small.subarray(0, 3));
  stream.pause();
  pass(100_000);
  stream.resume();
  expect(stream.closed).toBe(false);
  pass(31_000);
  expect(stream.closed).toBe(true);
});

it('ends a stream that was reset and does not close, at the second sweep', () => {
  const { open, pass } = start();
  const stream = open();
  stream.closed = true;
  pass(0);
  expect(stream.destroyed).toBe(false);
  pass(0);
  expect(stream.destroyed).toBe(true);
});

it('does not hold back a stream that was reset while it waited for memory', () => {
  const { inFlight, open } = start();
  inFlight.take(6 * mebibyte);
  const stream = open();
  stream.arrive(head, rest.subarray(0, 10));
  stream.closed = true;
  vi.advanceTimersByTime(10_000);
  expect(stream).toMatchObject({ readableFlowing: true, response: undefined });
});

describe('answers', () => {
  it('are to be taken in half a minute and a second for each MiB', () => {
    const { open, pass } = start();
    const stream = open();
    stream.arrive(small);
    stream.halfClose();
    stream.write(Buffer.alloc(mebibyte));
    pass(0);
    pass(31_000);
    expect(stream.closed).toBe(false);
    pass(1100);
    expect(stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });

  it('that are taken bit by bit are not taken', () => {
    const { open, pass } = start();
    const stream = open('/long/lived');
    stream.write(Buffer.alloc(1000));
    pass(0);
    for (let seconds = 0; seconds < 40 && !stream.closed; seconds += 5) {
      stream.take(1);
      pass(5_000);
    }
    expect(stream.closed).toBe(true);
  });

  it('that are taken may be followed by as many others for ever', () => {
    const { open, pass } = start();
    const stream = open('/long/lived');
    stream.write(Buffer.alloc(100_000));
    for (let sweep = 0; sweep < 100; sweep++) {
      pass(5_000);
      stream.take(50_000);
      stream.write(Buffer.alloc(50_000));
    }
    expect(stream.closed).toBe(false);
  });

  it('do not pile up for one who only asks', () => {
    const { open } = start();
    const [asking, longLived] = [open(), open('/long/lived')];
    for (const stream of [asking, longLived]) {
      stream.write(Buffer.alloc(mebibyte + 1));
      stream.arrive(small);
    }
    expect(asking.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(longLived.closed).toBe(false);
  });
});

it('tells which calls it has answered, and not those that others have answered', () => {
  const { inFlight, open, pass, refused } = start();
  inFlight.take(8 * mebibyte);
  open('/compressed').arrive(Buffer.of(1));
  for (const path of ['/waiting', '/waiting', '/throttled']) open(path).arrive(head);
  const answered = open('/answered');
  answered.write(Buffer.alloc(2 * mebibyte));
  answered.arrive(small);
  open('/silent');
  pass(31_000);
  expect(refused).toEqual([
    ['/compressed', 'INVALID_REQUEST'],
    ['/throttled', 'THROTTLED'],
    ['/silent', 'DEADLINE_EXCEEDED'],
  ]);
});

it('sweeps by itself until it is closed', () => {
  const { gate, open, setTime } = start();
  const stream = open();
  setTime(31_000);
  vi.advanceTimersByTime(5_000);
  expect(stream.closed).toBe(true);
  gate.close();
  expect(vi.getTimerCount()).toBe(0);
});
