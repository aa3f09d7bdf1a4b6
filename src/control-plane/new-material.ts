import { type KeyMaterialId, parseKeyMaterialId } from '../keys/key-material-id.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeySpec } from '../keys/key-spec.ts';
import { keyIdBytes } from '../keyring/material-table.ts';
import type { ControlPlane } from './control-plane.ts';

/** A random backing key, made and wrapped natively. It exists only once its row is stored. */
export function newMaterial(
  { table, domainKeyId }: Pick<ControlPlane, 'table' | 'domainKeyId'>,
  keyId: KeyId,
  keySpec: KeySpec,
): WrappedMaterial {
  return wrappedMaterial(table.generateMaterial(domainKeyId, keyIdBytes(keyId), keySpec));
}

/** Key material as the store takes it. */
export interface WrappedMaterial {
  readonly keyMaterialId: KeyMaterialId;
  readonly storedKey: Uint8Array;
}

/** What the native addon answers for material that it wrapped. */
export function wrappedMaterial({ id, stored }: { readonly id: Buffer; readonly stored: Uint8Array }): WrappedMaterial {
  const keyMaterialId = parseKeyMaterialId(id.toString('hex'));
  if (keyMaterialId === undefined) throw new Error('The native addon made a key material id that is none.');
  return { keyMaterialId, storedKey: stored };
}
