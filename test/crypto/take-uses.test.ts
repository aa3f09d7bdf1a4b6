import { expect, it } from 'vitest';
import { takeUses } from '../../src/crypto/take-uses.ts';

it('reads the five numbers of each backing key', () => {
  const ids = Buffer.from('ab'.repeat(32) + '0c'.repeat(32), 'hex');
  const counts = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  expect(takeUses({ takeUses: () => ({ ids, counts }) })).toEqual([
    ['ab'.repeat(32), { encryptions: 1, decryptions: 2, plaintextBytes: 3, firstUsedAt: 4, lastUsedAt: 5 }],
    ['0c'.repeat(32), { encryptions: 6, decryptions: 7, plaintextBytes: 8, firstUsedAt: 9, lastUsedAt: 10 }],
  ]);
});

it('reads nothing when nothing was used', () => {
  expect(takeUses({ takeUses: () => undefined })).toEqual([]);
});
