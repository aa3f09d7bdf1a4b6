import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/client/byte-reader.ts';
import { messageKey, openMessage, readMessageKey, saltBytes, sealMessage } from '../../src/client/cobblestone.ts';
import { hex, readWycheproof } from './published.ts';

interface Group {
  readonly aead: string;
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly key: string;
    readonly ctx: string;
    /** Compressed by zlib. */
    readonly ct: string;
    /** Of the message, or of the part of it before the error. */
    readonly msgLength?: number;
    readonly msgSha512?: string;
    readonly result: 'valid' | 'invalid';
    readonly flags: readonly string[];
  }[];
}

describe('Wycheproof Cobblestone-256', () => {
  const groups = readWycheproof('c2sp_chunked_encryption_aes_256_gcm_test.json').testGroups as readonly Group[];
  const cases = groups.flatMap(({ tests }) => tests);
  const valid = cases.filter(({ result }) => result === 'valid');

  it('has 35 cases, 25 of them invalid', () => {
    expect(groups.map(({ aead }) => aead)).toEqual(['AEAD_AES_256_GCM']);
    expect(cases).toHaveLength(35);
    expect(valid).toHaveLength(10);
  });

  it.each(cases)('case $tcId $comment: $result', async ({ key, ctx, ct, result, msgLength = 0, msgSha512, flags }) => {
    for (const pieceBytes of pieceLengths) {
      const { plaintext, failed } = await opened({ key, ctx, pieces: inPieces(inflateSync(hex(ct)), pieceBytes) });
      expect(failed).toBe(result === 'invalid');
      // Nothing, or all that comes before the error in the cases that have something there.
      if (failed && plaintext.length === 0) continue;
      expect(failed).toBe(flags.includes('PartialPlaintext'));
      expect([plaintext.length, sha512(plaintext)]).toEqual([msgLength, msgSha512]);
    }
  });

  it.each(valid)('case $tcId $comment: sealed again with its salt, it is the same', async ({ key, ctx, ct }) => {
    const ciphertext = inflateSync(hex(ct));
    const { plaintext } = await opened({ key, ctx, pieces: [ciphertext] });
    const message = messageKey({ inputKey: hex(key), salt: ciphertext.subarray(0, saltBytes), context: hex(ctx) });
    for (const pieceBytes of pieceLengths) {
      const sealed = await buffer(sealMessage(reader(inPieces(plaintext, pieceBytes)), message));
      expect(sealed.equals(ciphertext)).toBe(true);
    }
  });
});

async function opened({ key, ctx, pieces }: { key: string; ctx: string; pieces: readonly Buffer[] }) {
  const plaintext: Buffer[] = [];
  const ciphertext = reader(pieces);
  try {
    const message = await readMessageKey(ciphertext, { inputKey: hex(key), context: hex(ctx) });
    for await (const part of openMessage(ciphertext, message)) plaintext.push(part);
    return { plaintext: Buffer.concat(plaintext), failed: false };
  } catch {
    return { plaintext: Buffer.concat(plaintext), failed: true };
  }
}

function reader(pieces: readonly Buffer[]): ByteReader {
  return new ByteReader(
    (async function* source() {
      yield* pieces;
    })(),
  );
}

function inPieces(bytes: Buffer, pieceBytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, i) =>
    bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes),
  );
}

function sha512(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex');
}

/** Below, at and above a chunk with and without its tag, and all at once. */
const pieceLengths = [1000, 16_383, 16_384, 16_400, 16_401, 100_000, 5_000_000];
