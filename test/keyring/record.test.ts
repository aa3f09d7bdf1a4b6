import { describe, expect, it } from 'vitest';
import { decodeAlias, encodeAlias } from '../../src/keyring/alias-record.ts';
import { decodeKey, encodeKey, keyIndexes } from '../../src/keyring/key-record.ts';
import { decodeMaterial, encodeMaterial } from '../../src/keyring/material-record.ts';
import { parseAliasName } from '../../src/keys/alias.ts';
import type { KeyMaterial } from '../../src/keys/key-material.ts';
import type { KeyRow, SealedRecord } from '../../src/storage/store.ts';
import { exampleKey, materialId } from '../keys/example-key.ts';

const sealed = (record: Uint8Array): SealedRecord => ({ record, domainKeyId: new Uint8Array(16), mac: new Uint8Array(32) });
const key = exampleKey({ lastRotatedAt: 7, description: 'Ü \u0000 "\u{10000}"' });
const keyRow = (record: Uint8Array, changes: Partial<KeyRow> = {}): KeyRow => ({
  kind: 'key',
  ...keyIndexes(key),
  ...sealed(record),
  ...changes,
});

describe('records', () => {
  it.each([undefined, { type: 'ON_DEMAND', rotatedAt: 5 } as const])(
    'of backing keys read back as written, rotation %j',
    (rotation) => {
      const { keyId, keySpec } = key;
      const keyMaterialId = materialId('a');
      const material: KeyMaterial = { keyMaterialId, keyId, keySpec, sequence: 3, createdAt: 4, ...(rotation ? { rotation } : {}) };
      const row = {
        kind: 'material',
        keyMaterialId,
        keyId,
        sequence: 3,
        storedKey: new Uint8Array(),
        ...sealed(encodeMaterial(material)),
      } as const;
      expect(decodeMaterial(row)).toEqual(material);
      expect(decodeMaterial({ ...row, sequence: 4 })).toBeUndefined();
      expect(decodeMaterial({ ...row, keyId: 'ffffffff-4455-6677-8899-aabbccddeeff' })).toBeUndefined();
    },
  );

  it.each([
    { imported: { present: true } },
    { imported: { present: true, expiresAt: 9 }, compromisedAt: 8 },
    { imported: { present: false } },
    { compromisedAt: 0 },
  ])('of backing keys keep what is known about their bytes: %j', (fields) => {
    const { keyId, keySpec } = key;
    const material: KeyMaterial = { keyMaterialId: materialId('a'), keyId, keySpec, sequence: 3, createdAt: 4, ...fields };
    const columns = { kind: 'material', keyMaterialId: materialId('a'), keyId, sequence: 3, storedKey: new Uint8Array() } as const;
    expect(decodeMaterial({ ...columns, ...sealed(encodeMaterial(material)) })).toEqual(material);
  });

  it('of aliases read back as written', () => {
    const alias = { aliasName: parseAliasName('alias/__proto__')!, keyId: key.keyId, createdAt: 1, updatedAt: 2 };
    const row = { kind: 'alias', aliasName: alias.aliasName, keyId: key.keyId, ...sealed(encodeAlias(alias)) } as const;
    expect(decodeAlias(row)).toEqual(alias);
    expect(decodeAlias({ ...row, keyId: 'ffffffff-4455-6677-8899-aabbccddeeff' })).toBeUndefined();
  });

  it('keep fields that this version does not know, and drop known ones that are gone', () => {
    const newer = Buffer.from(JSON.stringify({ ...JSON.parse(text(encodeKey(key))), region: 'moon', __proto__x: [1] }));
    const { lastRotatedAt: _, ...neverRotated } = key;
    const written = encodeKey({ ...neverRotated, description: 'new' }, newer);
    expect(JSON.parse(text(written))).toEqual({ version: 1, ...neverRotated, description: 'new', region: 'moon', __proto__x: [1] });
  });

  it.each([
    ['another version', { version: 2 }],
    ['a missing field', { description: undefined }],
    ['a field of another type', { createdAt: '1' }],
    ['a choice that is none', { keySpec: 'RSA_1024' }],
    ['an id that is none', { currentKeyMaterialId: 'xyz' }],
  ])('with %s fail loudly', (_, change) => {
    const record = Buffer.from(JSON.stringify({ ...JSON.parse(text(encodeKey(key))), ...change }));
    expect(() => decodeKey(keyRow(record))).toThrow(/A record/);
  });
});

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
