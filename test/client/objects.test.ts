import { randomBytes } from 'node:crypto';
import { Duplex, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ObjectError, decryptObject, encryptObject, reEncryptObjectHeader } from '../../src/client/connect.ts';
import { LatchkeyError } from '../../src/client/latchkey-error.ts';
import { plainCrypto } from './plain-crypto.ts';

const encryptionContext = { tenant: 'acme' };

describe('an object', () => {
  test.each([0, 1, 16_383, 16_384, 16_385, 32_768, 49_151, 16 * 16_384, 16 * 16_384 + 1, 3_000_000])(
    'of %i bytes is decrypted to what was encrypted',
    async (length) => {
      const latchkey = plainCrypto();
      const plaintext = randomBytes(length);
      const object = await through(encryptObject(latchkey, { keyId: 'k', encryptionContext }), [plaintext]);
      const blobBytes = object.readUInt32BE(5);
      expect(object.toString('latin1', 0, 5)).toBe('LKOB\x01');
      expect(object).toHaveLength(9 + blobBytes + 56 + length + 16 * (Math.floor(length / 16_384) + 1));
      expect(await through(decryptObject(latchkey, { encryptionContext, keyId: 'k' }), [object])).toEqual(plaintext);
      expect(latchkey.calls).toEqual(['GenerateDataKey k', 'Decrypt k']);
    },
  );

  test('may come in pieces of any length', async () => {
    await fc.assert(
      fc.asyncProperty(bytesInPieces(), fc.infiniteStream(fc.integer({ min: 1, max: 40_000 })), async (pieces, lengths) => {
        const latchkey = plainCrypto();
        const object = await through(encryptObject(latchkey, { keyId: 'k' }), pieces);
        const plaintext = await through(decryptObject(latchkey), inPieces(object, lengths));
        expect(plaintext.equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('has a data key of its own, whose bytes are wiped', async () => {
    const latchkey = plainCrypto();
    const objects = [
      await through(encryptObject(latchkey, { keyId: 'k' }), [Buffer.from('same')]),
      await through(encryptObject(latchkey, { keyId: 'k' }), [Buffer.from('same')]),
    ];
    expect(objects[0]?.subarray(9, 100)).not.toEqual(objects[1]?.subarray(9, 100));
    await through(decryptObject(latchkey), [objects[0] ?? Buffer.alloc(0)]);
    await expect(through(decryptObject(latchkey), [objects[0]?.subarray(0, -20) ?? Buffer.alloc(0)])).rejects.toThrow(ObjectError);
    expect(latchkey.plaintexts).toEqual(Array(4).fill(Buffer.alloc(32)));
  });

  test('of another key or with another context is refused by the server', async () => {
    const latchkey = plainCrypto();
    const object = await through(encryptObject(latchkey, { keyId: 'k', encryptionContext }), [Buffer.from('x')]);
    const failure = async (stream: Duplex) => through(stream, [object]).catch((error: unknown) => error);
    expect(await failure(decryptObject(latchkey))).toMatchObject({ reason: 'INVALID_CIPHERTEXT' });
    expect(await failure(decryptObject(latchkey, { encryptionContext, keyId: 'l' }))).toMatchObject({ reason: 'INCORRECT_KEY' });
    expect(await failure(decryptObject(latchkey))).toBeInstanceOf(LatchkeyError);
  });
});

describe('a damaged object', () => {
  const latchkey = plainCrypto();
  const plaintext = randomBytes(16_384 + 30);
  const small = Buffer.from('attack at dawn');

  test('of one chunk is refused without any plaintext, whichever byte is flipped or wherever it is cut', async () => {
    const object = await through(encryptObject(latchkey, { keyId: 'k' }), [small]);
    for (let at = 0; at < object.length; at += 1) {
      expect(await opened(object.with(at, (object[at] ?? 0) ^ (1 << (at % 8))))).toEqual({ came: '', failed: true });
      expect(await opened(object.subarray(0, at))).toEqual({ came: '', failed: true });
    }
    expect(await opened(object)).toEqual({ came: small.toString(), failed: false });
  });

  test('of two chunks gives at most the first, whichever byte is flipped or wherever it is cut', async () => {
    const object = await through(encryptObject(latchkey, { keyId: 'k' }), [plaintext]);
    const secondChunk = object.length - 30 - 16;
    // Every byte of the second chunk, and of the first near its borders.
    for (let at = secondChunk - 40; at < object.length; at += 1) {
      const before = at >= secondChunk ? ['', plaintext.toString('latin1', 0, 16_384)] : [''];
      const altered = await opened(object.with(at, (object[at] ?? 0) ^ 1));
      expect(altered.failed).toBe(true);
      expect(before).toContain(altered.came);
      const cut = await opened(object.subarray(0, at));
      expect(cut.failed).toBe(true);
      expect(before).toContain(cut.came);
    }
  });

  test('with something behind its end is refused', async () => {
    const object = await through(encryptObject(latchkey, { keyId: 'k' }), [small]);
    for (const addition of [Buffer.of(0), Buffer.alloc(16_400), object, object.subarray(-30)]) {
      expect(await opened(Buffer.concat([object, addition]))).toEqual({ came: '', failed: true });
    }
  });

  test('says what is wrong', async () => {
    const object = await through(encryptObject(latchkey, { keyId: 'k' }), [plaintext]);
    const body = 9 + object.readUInt32BE(5);
    const reasonOf = async (bytes: Uint8Array) =>
      through(decryptObject(latchkey), [bytes]).then(
        () => undefined,
        (error: unknown) => (error instanceof ObjectError || error instanceof LatchkeyError ? error.reason : error),
      );
    expect(await reasonOf(Buffer.alloc(0))).toBe('NOT_AN_OBJECT');
    expect(await reasonOf(Buffer.from('LKRK\x01 and so on'))).toBe('NOT_AN_OBJECT');
    expect(await reasonOf(object.with(4, 2))).toBe('UNKNOWN_VERSION');
    expect(await reasonOf(object.subarray(0, 4))).toBe('TRUNCATED');
    expect(await reasonOf(object.with(5, 1))).toBe('DAMAGED');
    expect(await reasonOf(object.with(20, 0))).toBe('INVALID_CIPHERTEXT');
    expect(await reasonOf(object.subarray(0, 100))).toBe('TRUNCATED');
    expect(await reasonOf(object.subarray(0, body + 55))).toBe('TRUNCATED');
    expect(await reasonOf(object.with(body, (object[body] ?? 0) ^ 1))).toBe('DAMAGED');
    // Between two chunks, where the end is seen to be missing; and within one, where nothing tells a cut from another change.
    expect(await reasonOf(object.subarray(0, body + 56 + 16_400))).toBe('TRUNCATED');
    expect(await reasonOf(object.subarray(0, -1))).toBe('DAMAGED');
  });

  test('whose blob holds something else than a data key is refused', async () => {
    const { ciphertext_blob } = await latchkey.crypto.generateDataKey({ key_id: 'k', key_spec: 'DATA_KEY_SPEC_AES_256' });
    const other = {
      crypto: { decrypt: async () => ({ ...(await latchkey.crypto.decrypt({ ciphertext_blob })), plaintext: Buffer.alloc(16) }) },
    };
    const object = await through(encryptObject(latchkey, { keyId: 'k' }), [small]);
    await expect(through(decryptObject(other), [object])).rejects.toMatchObject({ name: 'ObjectError', reason: 'DAMAGED' });
  });

  /** What comes out, however it ends. */
  async function opened(object: Uint8Array): Promise<{ came: string; failed: boolean }> {
    let came = '';
    const stream = decryptObject(latchkey).on('data', (part: Buffer) => {
      came += part.toString('latin1');
    });
    return pipeline(Readable.from([object], { objectMode: false }), stream).then(
      () => ({ came, failed: false }),
      () => ({ came, failed: true }),
    );
  }
});

describe('reEncryptObjectHeader', () => {
  const contexts = { sourceEncryptionContext: encryptionContext, destinationEncryptionContext: { moved: 'yes' } };

  test('changes the header and nothing else', async () => {
    const latchkey = plainCrypto();
    const plaintext = randomBytes(100_000);
    const object = await through(encryptObject(latchkey, { keyId: 'k', encryptionContext }), [plaintext]);
    const stream = reEncryptObjectHeader(latchkey, { destinationKeyId: 'other', sourceKeyId: 'k', ...contexts });
    const moved = await through(stream, inPieces(object, [7, 50, 1000, 30_000]));
    expect(latchkey.calls).toEqual(['GenerateDataKey k', 'ReEncrypt k other']);
    expect(moved.subarray(9 + moved.readUInt32BE(5))).toEqual(object.subarray(9 + object.readUInt32BE(5)));
    const reader = decryptObject(latchkey, { keyId: 'other', encryptionContext: contexts.destinationEncryptionContext });
    expect(await through(reader, [moved])).toEqual(plaintext);
  });

  test('refuses what is no object, and a blob that no object may have', async () => {
    const latchkey = plainCrypto();
    const stream = () => reEncryptObjectHeader(latchkey, { destinationKeyId: 'k', ...contexts });
    await expect(through(stream(), [Buffer.from('something')])).rejects.toMatchObject({ reason: 'NOT_AN_OBJECT' });
    const object = await through(encryptObject(latchkey, { keyId: 'k', encryptionContext }), [Buffer.from('x')]);
    const long = { destinationKeyId: 'k'.repeat(6144), ...contexts };
    await expect(through(reEncryptObjectHeader(latchkey, long), [object])).rejects.toThrow(RangeError);
  });
});

test('web streams go through as well', async () => {
  const latchkey = plainCrypto();
  const plaintext = randomBytes(50_000);
  const source = () => Readable.toWeb(Readable.from([plaintext], { objectMode: false }));
  const encrypted = source().pipeThrough(Duplex.toWeb(encryptObject(latchkey, { keyId: 'k' })));
  const decrypted = encrypted.pipeThrough(Duplex.toWeb(decryptObject(latchkey)));
  expect(await buffer(decrypted)).toEqual(plaintext);
});

/** All that comes out of a stream that these pieces go into. */
async function through(stream: Duplex, pieces: Iterable<Uint8Array>): Promise<Buffer> {
  const [out] = await Promise.all([buffer(stream), pipeline(Readable.from(pieces, { objectMode: false }), stream)]);
  return out;
}

function* inPieces(bytes: Buffer, lengths: Iterable<number>): Generator<Buffer> {
  let rest = bytes;
  for (const length of lengths) {
    if (rest.length === 0) return;
    yield rest.subarray(0, length);
    rest = rest.subarray(length);
  }
  if (rest.length > 0) yield rest;
}

function bytesInPieces(): fc.Arbitrary<Buffer[]> {
  const length = fc.oneof(
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 16_380, max: 16_390 }),
    fc.integer({ min: 0, max: 300_000 }),
  );
  return fc.array(
    length.map((bytes) => randomBytes(bytes)),
    { maxLength: 6 },
  );
}
