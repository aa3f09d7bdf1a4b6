import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCiphertext, parseBlob } from '../../src/cli/blob.ts';
import { goldenBlob } from './golden.ts';

describe('parseBlob', () => {
  test('finds every part where docs/FORMATS.md puts it', () => {
    expect(parseBlob(goldenBlob)).toEqual({
      formatVersion: 1,
      suite: 'XAES-256-GCM',
      keyMaterialId: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      nonce: Buffer.from('202122232425262728292a2b2c2d2e2f3031323334353637', 'hex'),
      ciphertextBytes: 5,
      tag: Buffer.alloc(16, 0xff),
      blobBytes: 79,
    });
  });

  test('takes the smallest blob, of one byte', () => {
    expect(parseBlob(goldenBlob.subarray(0, 75))).toMatchObject({ ciphertextBytes: 1 });
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'It has 0 bytes'],
    ['74 bytes', goldenBlob.subarray(0, 74), 'the smallest ciphertext has 75'],
    ['another version', Buffer.concat([Buffer.from([2]), goldenBlob.subarray(1)]), 'format version 2'],
    ['another suite', Buffer.concat([Buffer.from([1, 9]), goldenBlob.subarray(2)]), 'suite 9'],
  ])('says why %s is no blob', (_, bytes, why) => {
    expect(parseBlob(bytes)).toEqual({ notABlob: expect.stringContaining(why) as string });
  });
});

describe('decodeCiphertext', () => {
  test('takes a blob as it is, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 73, maxLength: 200 }), (rest) => {
        const blob = Buffer.concat([Buffer.from([1, 1]), rest]);
        expect(decodeCiphertext(blob)).toEqual(blob);
      }),
    );
  });

  test('takes its base64, wrapped or not, padded or not, standard or URL-safe', () => {
    const encodings: ((blob: Buffer) => string)[] = [
      (blob) => `${blob.toString('base64')}\n`,
      (blob) => blob.toString('base64url'),
      (blob) => blob.toString('base64').replaceAll(/.{1,76}/g, '  $&\r\n'),
    ];
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 73, maxLength: 300 }), fc.constantFrom(...encodings), (rest, encode) => {
        const blob = Buffer.concat([Buffer.from([1, 1]), rest]);
        expect(decodeCiphertext(Buffer.from(encode(blob)))).toEqual(blob);
      }),
    );
  });

  test.each(['', '\n', 'AQ==!', '{"a":1}', 'QUJDR'])('leaves what is not base64 as it is: %j', (text) => {
    expect(decodeCiphertext(Buffer.from(text))).toEqual(Buffer.from(text));
  });
});
