import { describe, expect, it } from 'vitest';
import { internals } from '../native/internals.ts';
import { hex, xaes } from './published.ts';

it('has both vectors', () => {
  expect(xaes.vectors).toHaveLength(2);
});

describe.each(xaes.vectors.map((vector, index) => [index + 1, vector] as const))('vector %i', (_, vector) => {
  const [key, nonce, aad, plaintext, sealed] = [
    vector.key,
    vector.nonce,
    vector.aad,
    vector.plaintext,
    vector.ciphertext_and_tag,
  ].map(hex) as [Buffer, Buffer, Buffer, Buffer, Buffer];

  it('derives the subkey and the key of the message', () => {
    const { k1, messageKey } = internals.deriveXaesKey(key, nonce.subarray(0, 12));
    expect([k1.toString('hex'), messageKey.toString('hex')]).toEqual([vector.K1, vector.Kx]);
  });

  it('seals', () => {
    expect(internals.xaesSeal(key, nonce, aad, plaintext).toString('hex')).toBe(vector.ciphertext_and_tag);
  });

  it('opens, and does not open with any bit of key, nonce, additional data or ciphertext flipped', () => {
    expect(internals.xaesOpen(key, nonce, aad, sealed)).toEqual(plaintext);
    const inputs = [key, nonce, aad, sealed] as const;
    for (const [which, input] of inputs.entries()) {
      for (let bit = 0; bit < input.length * 8; bit++) {
        const altered = Buffer.from(input);
        altered[bit >> 3]! ^= 1 << (bit & 7);
        const [k, n, a, s] = inputs.map((whole, index) => (index === which ? altered : whole)) as [Buffer, Buffer, Buffer, Buffer];
        expect(internals.xaesOpen(k, n, a, s)).toBeNull();
      }
    }
  });
});

it('makes the accumulated hash of 10 000 messages', () => {
  expect(internals.accumulatedXaes(10_000)).toBe(xaes.accumulated['10000']);
});
