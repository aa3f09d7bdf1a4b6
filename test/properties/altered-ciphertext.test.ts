import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { invalidCiphertext } from '../../src/errors.ts';
import { context, contextWithPairs, plaintext } from './arbitraries.ts';
import { refused, useTwoKeys } from './two-keys.ts';

/** Whatever is wrong with a ciphertext, the answer is one error with one text. */
const keys = useTwoKeys();
const { reason, message } = invalidCiphertext();
const theOneRefusal = { reason, message };
const pairs = [['purpose', 'test']] as const;

let ciphertext: Buffer;
beforeAll(async () => {
  ciphertext = await keys.encrypt(Buffer.from('attack at dawn'), pairs);
  await keys.decrypt(ciphertext, pairs);
});

it('refuses every flipped bit', async () => {
  for (let bit = 0; bit < ciphertext.length * 8; bit++) {
    const altered = Buffer.from(ciphertext);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    expect(await refused(keys.decrypt(altered, pairs)), `bit ${bit}`).toEqual(theOneRefusal);
  }
});

it('refuses every truncated length, and what has more at its end', async () => {
  for (let length = 1; length < ciphertext.length; length++) {
    expect(await refused(keys.decrypt(ciphertext.subarray(0, length), pairs)), `${length} bytes`).toEqual(theOneRefusal);
  }
  expect(await refused(keys.decrypt(Buffer.concat([ciphertext, Buffer.of(0)]), pairs))).toEqual(theOneRefusal);
});

it('refuses a ciphertext without its first bytes', async () => {
  for (let start = 1; start < ciphertext.length; start++) {
    expect(await refused(keys.decrypt(ciphertext.subarray(start), pairs)), `from byte ${start}`).toEqual(theOneRefusal);
  }
});

it('refuses a key material id swapped for that of another key, and for an unknown one', async () => {
  const others = await keys.service.encrypt({ key_id: keys.otherKeyId, plaintext: Buffer.from('x') });
  for (const id of [others.subarray(2, 34), Buffer.alloc(32, 7), Buffer.alloc(32)]) {
    const swapped = Buffer.concat([ciphertext.subarray(0, 2), id, ciphertext.subarray(34)]);
    expect(await refused(keys.decrypt(swapped, pairs))).toEqual(theOneRefusal);
  }
});

it('refuses any other context', async () => {
  await fc.assert(
    fc.asyncProperty(plaintext(), context, context, async (bytes, right, wrong) => {
      fc.pre(canonicalText(right) !== canonicalText(wrong));
      expect(await refused(keys.decrypt(await keys.encrypt(bytes, right), wrong))).toEqual(theOneRefusal);
    }),
    { numRuns: 200 },
  );
});

it('refuses a context that has one pair more, one less, or one of other case', async () => {
  await fc.assert(
    fc.asyncProperty(contextWithPairs, async (right) => {
      const sealed = await keys.encrypt(Buffer.from('x'), right);
      const wrong = [right.slice(1), [...right, ['one more', 'pair'] as const]].filter(
        (other) => canonicalText(other) !== canonicalText(right),
      );
      for (const other of wrong) {
        if (new Set(other.map(([key]) => key)).size < other.length) continue;
        expect(await refused(keys.decrypt(sealed, other))).toEqual(theOneRefusal);
      }
    }),
    { numRuns: 100 },
  );
  const cased = await keys.encrypt(Buffer.from('x'), [['Key', 'Value']]);
  for (const other of [[['key', 'Value']], [['Key', 'value']], [['Key ', 'Value']]] as const) {
    expect(await refused(keys.decrypt(cased, other))).toEqual(theOneRefusal);
  }
});

it('refuses bytes that were never a ciphertext', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      expect(await refused(keys.decrypt(bytes, pairs))).toEqual(theOneRefusal);
    }),
    { numRuns: 300 },
  );
});

it('refuses the ciphertext of one key when another is named, before it opens it', async () => {
  await fc.assert(
    fc.asyncProperty(plaintext(), context, context, async (bytes, right, anyContext) => {
      const sealed = await keys.encrypt(bytes, right);
      expect((await refused(keys.decrypt(sealed, anyContext, keys.otherKeyId))).reason).toBe('INCORRECT_KEY');
    }),
    { numRuns: 100 },
  );
});

/** One string for contexts with the same pairs. */
function canonicalText(given: readonly (readonly [string, string])[]): string {
  return JSON.stringify(given.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
