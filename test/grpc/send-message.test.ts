import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { sendMessage } from '../../src/grpc/send-message.ts';
import { allocateWithHeadroom } from '../../src/headroom.ts';
import { frame } from './frame.ts';

const mebibyte = 1024 * 1024;

it('sends a message from where it was written, and frees it when it has left', () => {
  const { call, stream } = open();
  const message = allocateWithHeadroom(mebibyte).fill(7);
  let sent = 0;
  sendMessage(call, message, () => (sent += 1));
  expect(stream.written?.equals(frame(Buffer.alloc(mebibyte, 7)))).toBe(true);
  expect(stream.written?.buffer).toBe(message.buffer);
  expect(sent).toBe(0);
  stream.leave(null);
  expect(sent).toBe(1);
  expect(message.length).toBe(0);
});

it('leaves memory alone that the socket may still read: of a stream that was destroyed, or that failed', () => {
  for (const [isDestroyed, error, calls] of [
    [true, null, 1],
    [false, new Error('cancelled'), 0],
  ] as const) {
    const { call, stream } = open();
    const message = allocateWithHeadroom(mebibyte);
    let sent = 0;
    sendMessage(call, message, () => (sent += 1));
    stream.destroyed = isDestroyed;
    stream.leave(error);
    expect(message.length).toBe(mebibyte);
    expect(sent).toBe(calls);
  }
});

it.each(['destroyed', 'closed', 'writableEnded'] as const)('writes nothing to a stream that is %s', (state) => {
  const { call, stream } = open();
  stream[state] = true;
  sendMessage(call, allocateWithHeadroom(mebibyte), () => undefined);
  expect(stream.written).toBeUndefined();
});

it('leaves a message that has no room in front of it to grpc-js', () => {
  const { call, stream } = open();
  const message = Buffer.alloc(mebibyte, 7);
  sendMessage(call, message, () => undefined);
  expect(stream.sentByCall).toBe(message);
  expect(stream.written).toBeUndefined();
});

/** A call of grpc-js on a stream that keeps what is written to it. */
function open() {
  const stream = {
    destroyed: false,
    closed: false,
    writableEnded: false,
    written: undefined as Buffer | undefined,
    sentByCall: undefined as Buffer | undefined,
    leave: (_: Error | null): void => undefined,
    write: (chunk: Buffer, written: (error: Error | null) => void) => {
      if (!hasHeaders) throw new Error('The headers come first.');
      stream.written = chunk;
      stream.leave = written;
    },
  };
  let hasHeaders = false;
  const call = {
    stream,
    sendMetadata: () => {
      hasHeaders = true;
    },
    sendMessage: (message: Buffer) => {
      stream.sentByCall = message;
    },
  };
  return { stream, call: call as unknown as ServerInterceptingCallInterface };
}
