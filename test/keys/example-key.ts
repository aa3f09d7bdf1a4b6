import { parseKeyId } from '../../src/keys/key-id.ts';
import { parseKeyMaterialId } from '../../src/keys/key-material-id.ts';
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
    currentKeyMaterialId: parseKeyMaterialId('a'.repeat(64))!,
    materialCount: 1,
    ...changes,
  };
}
