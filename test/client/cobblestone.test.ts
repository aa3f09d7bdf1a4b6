import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { ByteReader } from '../../src/client/byte-reader.ts';
import { chunkNonce, messageKey, sealMessage } from '../../src/client/cobblestone.ts';

/** The published vectors are in test/vectors/wycheproof-chunked-encryption.test.ts; they reach chunk 257. */
describe('the nonce of a chunk', () => {
  const borders = [0, 1, 255, 256, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 37, 2 ** 38 - 1];

  test('is the base nonce xored with the number of the chunk, also where that needs more than 32 bits', () => {
    const index = fc.oneof(fc.constantFrom(...borders), fc.integer({ min: 0, max: 2 ** 38 - 1 }));
    fc.assert(
      fc.property(index, fc.uint8Array({ minLength: 12, maxLength: 12 }), (number, base) => {
        const baseNonce = Buffer.from(base);
        const expected = BigInt(`0x${baseNonce.toString('hex')}`) ^ BigInt(number);
        expect(chunkNonce(baseNonce, number).toString('hex')).toBe(expected.toString(16).padStart(24, '0'));
        expect(baseNonce).toEqual(Buffer.from(base));
      }),
    );
  });

  test('differs between all borders', () => {
    const baseNonce = randomBytes(12);
    expect(new Set(borders.map((index) => chunkNonce(baseNonce, index).toString('hex'))).size).toBe(borders.length);
  });

  test('is there for 2^38 chunks and no more', () => {
    expect(() => chunkNonce(Buffer.alloc(12), 2 ** 38)).toThrow('less than 4 PiB');
  });
});

test.each([0, 16, 31, 33])('an input key of %i bytes is refused', (length) => {
  expect(() => messageKey({ inputKey: Buffer.alloc(length), salt: Buffer.alloc(24), context: Buffer.alloc(0) })).toThrow(
    RangeError,
  );
});

test('what the cipher made of a chunk is freed when it is copied', async () => {
  const message = messageKey({ inputKey: randomBytes(32), salt: randomBytes(24), context: Buffer.alloc(0) });
  const transfer = vi.spyOn(ArrayBuffer.prototype, 'transfer');
  const sealed: Buffer[] = [];
  for await (const piece of sealMessage(new ByteReader(Readable.from([Buffer.alloc(40_000)])), message)) sealed.push(piece);
  const freed = transfer.mock.contexts.map((buffer) => (buffer as ArrayBuffer).detached);
  transfer.mockRestore();
  expect(freed).toEqual([true, true, true]);
  expect(Buffer.concat(sealed)).toHaveLength(56 + 40_000 + 3 * 16);
});
