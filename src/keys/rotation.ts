import { KmsError } from '../errors.ts';
import type { KeyMaterialId } from './key-material-id.ts';
import type { KeyMaterial, RotationType } from './key-material.ts';
import type { Key } from './key.ts';

/** The key and its new backing key after a rotation; older backing keys stay as they are, to decrypt. */
export function rotated(
  key: Key,
  keyMaterialId: KeyMaterialId,
  type: RotationType,
  now: number,
): { readonly key: Key; readonly material: KeyMaterial } {
  const sequence = key.materialCount + 1;
  return {
    key: { ...key, currentKeyMaterialId: keyMaterialId, materialCount: sequence, lastRotatedAt: now },
    material: {
      keyMaterialId,
      keyId: key.keyId,
      keySpec: key.keySpec,
      sequence,
      createdAt: now,
      rotation: { type, rotatedAt: now },
    },
  };
}

/** Throws CONFLICT when the caller decided on the grounds of another backing key. */
export function requireCurrentMaterial(key: Key, expected: KeyMaterialId | undefined): void {
  if (expected === undefined || expected === key.currentKeyMaterialId) return;
  throw new KmsError(
    'CONFLICT',
    `The current backing key of ${key.keyId} is ${key.currentKeyMaterialId}, not the expected ${expected}: it was rotated in between.`,
  );
}
