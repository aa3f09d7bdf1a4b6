import { expect, it } from 'vitest';
import { type NativeKeyTable, operations } from '../../src/crypto/native.ts';
import { RequestView, requestViewLength } from '../../src/crypto/native-views.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { keyArn, openTable, outFor, requestOf, run, statuses } from './batch-table.ts';

const encryptRequest = requestOf('BatchEncrypt', { key_id: 'k', plaintexts: [Buffer.alloc(3), Buffer.alloc(0), Buffer.alloc(4)] });

/** By material id: encryptions, decryptions, plaintext bytes. Checks the times. */
function taken(table: NativeKeyTable): Record<string, number[]> | undefined {
  const uses = table.takeUses();
  if (uses === undefined) return undefined;
  const { ids, counts } = uses;
  expect(counts).toHaveLength((ids.length / 32) * 5);
  return Object.fromEntries(
    Array.from({ length: ids.length / 32 }, (_, row) => {
      const [encryptions, decryptions, bytes, first, last] = counts.subarray(row * 5, row * 5 + 5);
      expect(first).toBeLessThanOrEqual(last!);
      expect(Math.abs(Date.now() - last!)).toBeLessThan(10_000);
      return [ids.toString('hex', row * 32, row * 32 + 32), [encryptions!, decryptions!, bytes!]];
    }),
  );
}

it('counts what succeeded, once, for each key', () => {
  const { table, addKey } = openTable();
  const [key, other] = [addKey(), addKey()];
  const [id, otherId] = [key.id.toString('hex'), other.id.toString('hex')];
  expect(taken(table)).toBeUndefined();
  const { ciphertext_blobs } = run(table, 'BatchEncrypt', encryptRequest, [key.handle]);
  expect(taken(table)).toEqual({ [id]: [2, 0, 7] });
  expect(taken(table)).toBeUndefined();

  const decryptRequest = requestOf('BatchDecrypt', { ciphertext_blobs });
  run(table, 'BatchDecrypt', decryptRequest, [key.handle]);
  run(table, 'BatchReEncrypt', requestOf('BatchReEncrypt', { ciphertext_blobs, destination_key_id: 'k' }), [
    other.handle,
    key.handle,
  ]);
  run(table, 'BatchGenerateDataKey', requestOf('BatchGenerateDataKey', { key_id: 'k', number_of_bytes: 5, count: 3 }), [
    other.handle,
  ]);
  expect(taken(table)).toEqual({ [id]: [0, 4, 14], [otherId]: [5, 0, 22] });

  run(table, 'BatchDecrypt', decryptRequest, [-1]);
  expect(taken(table)).toBeUndefined();
});

it('counts unary calls', () => {
  const { table, addKey } = openTable();
  const key = addKey();
  const method = loadProtocol().service('latchkey.v1.CryptoService')['Encrypt']!;
  const request = method.requestSerialize({ key_id: 'k', plaintext: Buffer.alloc(9) });
  const view = new Float64Array(requestViewLength);
  expect(table.parse(operations.indexOf('Encrypt'), request, view)).toBe(0);
  const out = Buffer.alloc(view[RequestView.responseBytes]! + keyArn.length);
  expect(table.encrypt(request, key.handle, keyArn, out)).toBeGreaterThan(0);
  expect(table.encrypt(request, key.handle, keyArn, Buffer.alloc(1))).toBeLessThan(0);
  expect(taken(table)).toEqual({ [key.id.toString('hex')]: [1, 0, 9] });
});

it('keeps the counts of keys that have gone, also of batches that end later', async () => {
  const { table, addKey, load } = openTable();
  const key = addKey();
  const id = key.id.toString('hex');
  run(table, 'BatchEncrypt', encryptRequest, [key.handle]);
  table.evict(key.handle);
  expect(taken(table)).toEqual({ [id]: [2, 0, 7] });

  const given = statuses();
  const start = async (handle: number) => {
    const out = outFor(table, 'BatchEncrypt', encryptRequest, given);
    return new Promise<number>((resolve) => {
      table.startBatch(operations.indexOf('BatchEncrypt'), encryptRequest, Float64Array.of(handle), keyArn, given, out, resolve);
    });
  };
  const handle = load(key.id, key.stored);
  const pending = start(handle);
  table.evict(handle);
  expect(await pending).toBeGreaterThan(0);
  const again = load(key.id, key.stored);
  run(table, 'BatchEncrypt', encryptRequest, [again]);
  table.close();
  expect(taken(table)).toEqual({ [id]: [4, 0, 14] });
});
