import { expect, it } from 'vitest';
import { BatchCalls } from '../../src/crypto/batch-calls.ts';
import type { ParsedBatch } from '../../src/crypto/batch-calls.ts';

it.each([
  ['at once', 1, 120_000],
  ['on a thread', 1, 140_000],
  ['at once', 100, 100 * 256],
  ['on a thread', 110, 110 * 256],
  ['at once', 120, 120 * 8],
  ['on a thread', 130, 130 * 8],
])('works off %s: %i items of %i bytes in all', (way, items, workBytes) => {
  const ways: string[] = [];
  const table = {
    parseBatch: () => 0,
    runBatch: () => ways.push('at once'),
    startBatch: () => ways.push('on a thread'),
    grantTokens: () => 0,
    contextPairs: () => 0,
    columnValues: () => 0,
    itemMaterials: () => 0,
  };
  const calls = new BatchCalls(table, () => new Uint8Array());
  const batch: ParsedBatch = {
    operation: 'BatchEncrypt',
    request: Buffer.alloc(0),
    keyId: 'x',
    destinationKeyId: '',
    columnKey: '',
    destinationColumnKey: '',
    items,
    replyBytes: 100,
    responseBytes: 100,
    fittingItems: items,
    workBytes,
    grantTokens: 0,
    materials: [],
  };
  void calls.run(batch, { arnBytes: new Uint8Array(), encrypting: 1 });
  expect(ways).toEqual([way]);
});
