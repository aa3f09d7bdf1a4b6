import { expect, it } from 'vitest';
import { keyDestroyed } from '../../src/keys/tombstone.ts';
import { exampleKey } from './example-key.ts';

it('tells which key was destroyed, when, and what that means', () => {
  const { keyId } = exampleKey();
  const error = keyDestroyed({ keyId, createdAt: 1, deletionRequestedAt: 2, destroyedAt: 1_790_000_000_000, materialCount: 3 });
  expect(error).toMatchObject({ reason: 'KEY_DESTROYED' });
  expect(error.message).toBe(
    `Key ${keyId} was destroyed on 2026-09-21T14:13:20.000Z; what it encrypted cannot be decrypted any more.`,
  );
});
