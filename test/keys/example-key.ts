import { expect } from 'vitest';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { parseKeyMaterialId } from '../../src/keys/key-material-id.ts';
import type { KeyMaterial } from '../../src/keys/key-material.ts';
import type { Key } from '../../src/keys/key.ts';

/** A key for tests of rules. */
export function exampleKey(changes: Partial<Key> = {}): Key {
  return {
    keyId: parseKeyId('00112233-4455-6677-8899-aabbccddeeff')!,
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    keyManager: 'CUSTOMER',
    description: 'orders',
    createdAt: 1_700_000_000_000,
    disabled: false,
    currentKeyMaterialId: materialId('a'),
    materialCount: 1,
    ...changes,
  };
}

/** Of origin EXTERNAL, before its first import unless the changes say otherwise. */
export function importedKey(changes: Partial<Key> = {}): Key {
  const { currentKeyMaterialId: _, ...key } = exampleKey({ origin: 'EXTERNAL', materialCount: 0 });
  return { ...key, ...changes };
}

/** Imported, with its bytes, unless the changes say otherwise. */
export function importedMaterial(digit: string, sequence: number, changes: Partial<KeyMaterial> = {}): KeyMaterial {
  const { keyId, keySpec } = exampleKey();
  return { keyMaterialId: materialId(digit), keyId, keySpec, sequence, createdAt: 1, imported: { present: true }, ...changes };
}

/** `digit` is a hex digit. */
export function materialId(digit: string) {
  return parseKeyMaterialId(digit.repeat(64))!;
}

/** What `expect(…).toThrow` is to find. */
export function refusal(reason: string): unknown {
  return expect.objectContaining({ reason });
}
