import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAccessToken } from '../../src/access/access-token.ts';
import { KmsError } from '../../src/errors.ts';
import { type Bearer, parseBearer } from '../../src/identity/bearer.ts';
import { corpus, damaged } from './corpus.ts';

/** Named by what they are: `access-token…`, `jwt…` or `refused-…`. */
const inputs = corpus('authorization');

describe('authorization of the corpus', () => {
  it.each(inputs)('%s', (name, bytes) => {
    expect(name.startsWith(bearerOf(bytes)?.kind ?? 'refused-')).toBe(true);
  });
});

describe('any authorization', () => {
  const value = fc.oneof({ weight: 9, arbitrary: damaged(inputs) }, fc.uint8Array({ maxLength: 120 }).map(Buffer.from));

  it('is one token and nothing else, or is refused', () => {
    fc.assert(
      fc.property(value, (bytes) => {
        const bearer = bearerOf(bytes);
        if (bearer === undefined) return;
        const text = bytes.toString('latin1').slice('Bearer '.length);
        if (bearer.kind === 'jwt') {
          expect(bearer.token).toBe(text);
          expect(text.split('.')).toHaveLength(3);
        } else {
          expect(bearer.token).toEqual(parseAccessToken(text));
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('an access token', () => {
  it('has one spelling', () => {
    const text = 'lk_abcdefghijklmnop_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    const right = parseAccessToken(text);
    fc.assert(
      fc.property(damaged([['token', Buffer.from(text)]]), (bytes) => {
        const other = bytes.toString('latin1');
        if (other === text) return;
        const parsed = parseAccessToken(other);
        expect(parsed?.tokenId === right?.tokenId && parsed?.secretHash === right?.secretHash).toBe(false);
      }),
      { numRuns: 20_000 },
    );
  });
});

function bearerOf(bytes: Buffer): Bearer | undefined {
  try {
    // HTTP/2 hands out values as Latin-1.
    return parseBearer([bytes.toString('latin1')]);
  } catch (error) {
    if (error instanceof KmsError && error.reason === 'UNAUTHENTICATED') return undefined;
    throw error;
  }
}
