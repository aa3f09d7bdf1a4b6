import { describe, expect, it } from 'vitest';
import { decodeKey, encodeKey, keyIndexes } from '../../src/keyring/key-record.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import type { Key } from '../../src/keys/key.ts';
import type { KeyRow } from '../../src/storage/store.ts';
import { exampleKey, importedKey, materialId } from '../keys/example-key.ts';

const due = { at: 31, afterRunningMs: 32 };
const full = exampleKey({
  origin: 'EXTERNAL',
  disabled: true,
  stateChangedAt: 3,
  lastRotatedAt: 4,
  onDemandRotations: 5,
  rotation: { periodDays: 90, countedFrom: 6 },
  imported: { missing: 0, expiresAt: 7, pendingRotationId: materialId('b'), pendingExpiresAt: 8, due },
  deletion: { requestedAt: 9, date: 10, due: { at: 33, afterRunningMs: 34 } },
  deletionProtected: true,
  tags: [
    { key: '__proto__', value: 'Ü \u0000' },
    { key: 'a', value: '' },
  ],
  insecure: true,
  policy: '{"Statement":[]} Ü \u0000',
  policyPrincipals: [
    ['arn:aws:iam::000000000000:user/token/a', '00000000-0000-4000-8000-000000000001'],
    ['__proto__', ''],
  ],
});

const rowOf = (key: Key, changes: Partial<KeyRow> = {}): KeyRow => ({
  kind: 'key',
  ...keyIndexes(key),
  record: encodeKey(key),
  domainKeyId: new Uint8Array(16),
  mac: new Uint8Array(32),
  ...changes,
});

describe('a key record', () => {
  it.each([
    ['with all fields', full],
    ['with none of the optional ones', exampleKey()],
    ['of a key that waits for its first import', importedKey()],
    ['with flags that are off', exampleKey({ deletionProtected: false, insecure: false })],
    ['with empty groups', exampleKey({ tags: [], imported: { missing: 2 }, deletion: { requestedAt: 1, date: 2 } })],
  ])('%s reads back as written', (_, key) => {
    expect(decodeKey(rowOf(key))).toEqual(key);
  });

  it('says in its index columns what the store looks for', () => {
    const { keyId } = exampleKey();
    const none = { keyId, disabled: false, pendingDeletion: false, pendingImportAt: null, nextLookAt: null, insecure: false };
    expect(keyIndexes(exampleKey())).toEqual(none);
    expect(keyIndexes(importedKey())).toEqual({ ...none, pendingImportAt: 0 });
    expect(keyIndexes(exampleKey({ imported: { missing: 0, expiresAt: 7 } }))).toEqual({
      ...none,
      pendingImportAt: 7,
      nextLookAt: 7,
    });
    expect(keyIndexes(exampleKey({ deletion: { requestedAt: 1, date: 9 } }))).toEqual({
      ...none,
      pendingDeletion: true,
      nextLookAt: 9,
    });
    expect(keyIndexes(exampleKey({ disabled: true, insecure: true }))).toEqual({ ...none, disabled: true, insecure: true });
    expect(keyIndexes(full)).toMatchObject({ pendingImportAt: 7, nextLookAt: 0 });
  });

  it.each<Partial<KeyRow>>([
    { keyId: parseKeyId('ffffffff-4455-6677-8899-aabbccddeeff')! },
    { disabled: false },
    { pendingDeletion: false },
    { pendingImportAt: null },
    { pendingImportAt: 8 },
    { nextLookAt: null },
    { nextLookAt: 1 },
    { insecure: false },
  ])('is not believed when an index column says otherwise: %j', (changes) => {
    expect(decodeKey(rowOf(full, changes))).toBeUndefined();
    expect(decodeKey(rowOf(full))).toEqual(full);
  });

  it('is not believed when a date was taken from or put beside a key that has none', () => {
    const key = exampleKey();
    for (const changes of [{ pendingImportAt: 0 }, { nextLookAt: 0 }, { pendingDeletion: true }, { insecure: true }]) {
      expect(decodeKey(rowOf(key, changes))).toBeUndefined();
    }
  });

  it('drops an optional field that is gone, and keeps what a newer version wrote', () => {
    const newer = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(encodeKey(full)).toString()), region: 'moon' }));
    const written: unknown = JSON.parse(Buffer.from(encodeKey(exampleKey(), newer)).toString());
    expect(written).toEqual({ version: 1, ...exampleKey(), region: 'moon' });
  });

  it.each([
    ['rotation', 90],
    ['rotation', { periodDays: 90 }],
    ['imported', { missing: '0' }],
    ['imported', { missing: 0, pendingRotationId: 'x' }],
    ['imported', { missing: 0, due: { at: 1 } }],
    ['deletion', { requestedAt: 1 }],
    ['deletion', []],
    ['deletionProtected', 1],
    ['tags', {}],
    ['tags', ['a']],
    ['tags', [{ key: 'a' }]],
    ['insecure', 'true'],
    ['policy', {}],
    ['policyPrincipals', {}],
    ['policyPrincipals', [['a']]],
    ['policyPrincipals', [['a', 'b', 'c']]],
    ['onDemandRotations', -1],
    ['stateChangedAt', null],
  ])('with a malformed %s (%j) fails loudly', (name, value) => {
    const record = Buffer.from(JSON.stringify({ version: 1, ...full, [name]: value }));
    expect(() => decodeKey(rowOf(full, { record }))).toThrow(/A record/);
  });
});
