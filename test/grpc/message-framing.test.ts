import { expect, it } from 'vitest';
import { MessageFraming } from '../../src/grpc/message-framing.ts';
import { frame } from './frame.ts';

it('finds the messages wherever they are cut', () => {
  const sizes = [0, 1, 255, 256, 3];
  const bytes = Buffer.concat(sizes.map((size) => frame(Buffer.alloc(size, 0xff))));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const framing = new MessageFraming();
    const found = [bytes.subarray(0, cut), bytes.subarray(cut)].flatMap((chunk) => endingIn(chunk, framing));
    expect(found).toEqual(sizes);
  }
});

it('finds them byte by byte', () => {
  const framing = new MessageFraming();
  const bytes = frame(Buffer.alloc(0x0102));
  const missing = [...bytes].map((byte) => {
    framing.advance(Buffer.of(byte), 0);
    return framing.missing;
  });
  expect(missing.slice(0, 6)).toEqual([0, 0, 0, 0, 0x0102, 0x0101]);
  expect(missing.at(-1)).toBe(0);
  expect(framing.isBetween).toBe(true);
});

it('reads the longest length there is', () => {
  const framing = new MessageFraming();
  framing.advance(Buffer.of(0, 0xff, 0xff, 0xff, 0xff), 0);
  expect(framing).toMatchObject({ length: 0xffffffff, missing: 0xffffffff, isBetween: false });
});

it('says of each message whether it is compressed', () => {
  const framing = new MessageFraming();
  framing.advance(Buffer.of(1, 0, 0, 0, 0), 0);
  expect(framing.isCompressed).toBe(true);
  framing.advance(Buffer.of(0, 0, 0, 0, 0), 0);
  expect(framing.isCompressed).toBe(false);
});

/** Sizes of the messages that end in a chunk. */
function endingIn(chunk: Buffer, framing: MessageFraming): number[] {
  const found: number[] = [];
  for (let at = 0; at < chunk.length;) {
    at = framing.advance(chunk, at);
    if (framing.isBetween) found.push(framing.length);
  }
  return found;
}
