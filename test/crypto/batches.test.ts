import { describe, expect, it } from 'vitest';
import { batchOperations, nativeStatuses, operations, unaryOperations } from '../../src/crypto/native.ts';
import { keyArn, openTable, parse, requestOf, run, statuses } from './batch-table.ts';

const plaintexts = ['a', 'bb', '', 'dddd'].map((text) => Buffer.from(text));
const encryptRequest = requestOf('BatchEncrypt', {
  key_id: 'alias/a',
  plaintexts,
  encryption_context: { tenant: 't' },
  item_context_key: 'row',
  item_context_values: ['1', '2', '3', '4'],
});
const decryptRequest = (blobs: readonly Buffer[]) =>
  requestOf('BatchDecrypt', {
    ciphertext_blobs: blobs,
    encryption_context: { tenant: 't' },
    item_context_key: 'row',
    item_context_values: blobs.map((_, index) => String(index + 1)),
  });

describe('batches, natively', () => {
  const { table, addKey } = openTable();
  const key = addKey();
  const other = addKey();

  it('seals and opens items, and names those that fail', () => {
    const sealed = run(table, 'BatchEncrypt', encryptRequest, [key.handle]);
    expect(sealed).toMatchObject({ key_arn: keyArn.toString(), key_material_id: key.id.toString('hex'), failed_count: 1 });
    expect(sealed.errors).toMatchObject([{ status: { message: 'PLAINTEXT_MISSING' }, indexes: [2] }]);
    const opened = run(table, 'BatchDecrypt', decryptRequest(sealed.ciphertext_blobs), [key.handle]);
    expect(opened.plaintexts).toEqual(plaintexts);
    expect(opened.errors).toMatchObject([{ status: { message: 'CIPHERTEXT_MISSING' }, indexes: [2] }]);
  });

  it('re-encrypts and generates data keys', () => {
    const keys = run(
      table,
      'BatchGenerateDataKey',
      requestOf('BatchGenerateDataKey', { key_id: 'k', number_of_bytes: 7, count: 5 }),
      [key.handle],
    );
    expect(keys.plaintexts.map((plaintext) => plaintext.length)).toEqual([7, 7, 7, 7, 7]);
    const moved = run(
      table,
      'BatchReEncrypt',
      requestOf('BatchReEncrypt', { ciphertext_blobs: keys.ciphertext_blobs, destination_key_id: 'k', skip_if_current: true }),
      [other.handle, key.handle],
    );
    expect(moved.re_encrypted).toEqual([true, true, true, true, true]);
    const opened = run(table, 'BatchDecrypt', requestOf('BatchDecrypt', { ciphertext_blobs: moved.ciphertext_blobs }), [
      other.handle,
    ]);
    expect(opened.plaintexts).toEqual(keys.plaintexts);
  });

  it('fails items of a refused key with the status that was given for them', () => {
    const sealed = run(table, 'BatchEncrypt', encryptRequest, [key.handle]);
    const refused = statuses('refused').length;
    const opened = run(table, 'BatchDecrypt', decryptRequest(sealed.ciphertext_blobs), [-refused]);
    expect(opened.errors).toMatchObject([
      { status: { message: 'CIPHERTEXT_MISSING' }, indexes: [2] },
      { status: { message: 'refused' }, indexes: [0, 1, 3] },
    ]);
  });

  it('says what there is to decide', () => {
    const { answer, view } = parse(table, 'BatchEncrypt', encryptRequest);
    expect(answer).toBe(0);
    expect(encryptRequest.toString('utf8', view['keyIdOffset'], view['keyIdOffset']! + view['keyIdBytes']!)).toBe('alias/a');
    expect(view).toMatchObject({ field: 0, items: 4, materials: 0, fittingItems: 4, workBytes: 7, destinationKeyIdBytes: 0 });

    const first = run(table, 'BatchEncrypt', encryptRequest, [key.handle]).ciphertext_blobs;
    const second = run(table, 'BatchEncrypt', encryptRequest, [other.handle]).ciphertext_blobs;
    const mixed = parse(table, 'BatchDecrypt', decryptRequest([second[0]!, first[1]!, second[1]!]));
    expect(mixed.view['materials']).toBe(2);
    expect(mixed.materialIds.subarray(0, 64)).toEqual(Buffer.concat([other.id, key.id]));
    expect(mixed.handles.subarray(0, 3)).toEqual(Float64Array.of(other.handle, key.handle, 0));
  });

  it('asks for more room for material ids', () => {
    const blobs = [key, other].flatMap(({ handle }) => run(table, 'BatchEncrypt', encryptRequest, [handle]).ciphertext_blobs[0]!);
    const { answer, view, materialIds } = parse(table, 'BatchDecrypt', decryptRequest(blobs), 1);
    expect(nativeStatuses[-answer]).toBe('BUFFER_TOO_SMALL');
    expect(view['materials']).toBe(2);
    expect(materialIds).toEqual(key.id);
  });

  it('names the field of what is wrong with the whole', () => {
    const { answer, view } = parse(
      table,
      'BatchEncrypt',
      requestOf('BatchEncrypt', { key_id: 'k', plaintexts, item_context_key: 'row' }),
    );
    expect(nativeStatuses[-answer]).toBe('COLUMN_LENGTH_MISMATCH');
    expect(view['field']).toBe(5);
  });

  it.each([
    ['a unary operation', 0, [1]],
    ['no key', 7, []],
    ['a slot instead of the key that encrypts', 7, [-1]],
    ['handle 0', 7, [0]],
    ['half a handle', 7, [1.5]],
    ['a slot that there is no status for', 8, [-8]],
  ])('refuses %s', (_, operation, keys) => {
    const answer = table.runBatch(operation, encryptRequest, Float64Array.from(keys), keyArn, statuses(), Buffer.alloc(4096));
    expect(nativeStatuses[-answer]).toBe('INVALID_ARGUMENT');
  });

  it('does not run batches as unary calls', () => {
    for (const operation of batchOperations) {
      expect(nativeStatuses[-table.parse(operations.indexOf(operation), encryptRequest, new Float64Array(9))]).toBe(
        'INVALID_ARGUMENT',
      );
    }
    expect([...unaryOperations, ...batchOperations]).toEqual(operations);
  });

  it('counts items', () => {
    const fresh = openTable();
    const { handle } = fresh.addKey();
    run(fresh.table, 'BatchEncrypt', encryptRequest, [handle]);
    const row = operations.indexOf('BatchEncrypt') * 6;
    const [calls, plaintextBytes, ciphertextBytes, nanoseconds, items, failed] = fresh.table
      .stats()
      .operations.subarray(row, row + 6);
    expect([calls, plaintextBytes, ciphertextBytes, items, failed]).toEqual([1, 7, 7 + 3 * 74, 4, 1]);
    expect(nanoseconds).toBeGreaterThan(0);
  });
});
