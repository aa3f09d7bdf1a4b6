import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../src/grpc/message-reader.ts';
import { frame } from './frame.ts';

const messages = [0, 1, 255, 256, 3].map((size, index) => Buffer.alloc(size, index + 1));
const stream = Buffer.concat(messages.map(frame));

describe('messages', () => {
  it('are put together wherever they are cut', () => {
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= Math.min(stream.length, first + 300); second += 7) {
        const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
        expect(readAll(new MessageReader(256), chunks)).toEqual(messages);
      }
    }
  });

  it('that are small and come whole are part of their chunk, and others have memory of their own', () => {
    const small = ownMemory(frame(Buffer.alloc(10, 1)));
    expect(readAll(new MessageReader(256), [small])[0]?.buffer).toBe(small.buffer);
    const [inPieces] = readAll(new MessageReader(256), [small.subarray(0, 8), small.subarray(8)]);
    const large = ownMemory(frame(Buffer.alloc(70_000, 1)));
    const [whole] = readAll(new MessageReader(70_000), [large]);
    for (const chunk of [small, large]) chunk.fill(0);
    expect(inPieces).toEqual(Buffer.alloc(10, 1));
    expect(whole).toEqual(Buffer.alloc(70_000, 1));
  });

  it('that are too long are refused by their prefix', () => {
    const reader = new MessageReader(255);
    expect(reader.read(frame(Buffer.alloc(255)), () => undefined)).toBe(true);
    expect(reader.read(Buffer.of(0, 0, 0, 1, 0), () => undefined)).toBe(false);
  });
});

it('says whether a message has come in part', () => {
  const reader = new MessageReader(256);
  const states = [...frame(Buffer.alloc(2))].map((byte) => {
    reader.read(Buffer.of(byte), () => undefined);
    return reader.isBetween;
  });
  expect(states).toEqual([false, false, false, false, false, false, true]);
});

function ownMemory(bytes: Buffer): Buffer {
  const own = Buffer.from(new ArrayBuffer(bytes.length));
  own.set(bytes);
  return own;
}

function readAll(reader: MessageReader, chunks: readonly Buffer[]): Buffer[] {
  const read: Buffer[] = [];
  for (const chunk of chunks) expect(reader.read(chunk, (message) => void read.push(message))).toBe(true);
  return read;
}
