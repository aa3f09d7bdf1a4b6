import fc from 'fast-check';
import { expect, it } from 'vitest';
import { context, plaintext } from './arbitraries.ts';
import { useTwoKeys } from './two-keys.ts';

const keys = useTwoKeys();

it('decrypts what it encrypted, for any plaintext and context', async () => {
  await fc.assert(
    fc.asyncProperty(plaintext(64 * 1024), context, async (bytes, pairs) => {
      const ciphertext = await keys.encrypt(bytes, pairs);
      expect(ciphertext).toHaveLength(bytes.length + 74);
      expect(await keys.decrypt(ciphertext, pairs)).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 300 },
  );
});

it('never makes the same ciphertext twice', async () => {
  const nonces = new Set<string>();
  for (let call = 0; call < 1000; call++) {
    nonces.add((await keys.encrypt(Buffer.from('same'))).toString('hex', 34, 58));
  }
  expect(nonces.size).toBe(1000);
});

it('re-encrypts to a ciphertext with the same plaintext, for any contexts', async () => {
  await fc.assert(
    fc.asyncProperty(plaintext(), context, context, async (bytes, from, to) => {
      const moved = await keys.service.reEncrypt({
        ciphertext_blob: await keys.encrypt(bytes, from),
        source_encryption_context: Object.fromEntries(from),
        destination_key_id: keys.otherKeyId,
        destination_encryption_context: Object.fromEntries(to),
      });
      expect(await keys.decrypt(moved, to, keys.otherKeyId)).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 100 },
  );
});
