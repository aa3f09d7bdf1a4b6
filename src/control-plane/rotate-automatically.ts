import { stateDated } from '../keys/key-state.ts';
import type { Key } from '../keys/key.ts';
import { isRotationOverdue, rotated } from '../keys/rotation.ts';
import type { KeyringChange } from '../keyring/change.ts';
import type { ControlPlane } from './control-plane.ts';
import { newMaterial } from './new-material.ts';

/** The change that makes `before` into `after`, and rotates it when its date has passed. */
export function withOverdueRotation(
  { before, after, now }: { readonly before: Key; readonly after: Key; readonly now: number },
  plane: Pick<ControlPlane, 'table' | 'domainKeyId'>,
): KeyringChange {
  const dated = stateDated(before, after, now);
  return isRotationOverdue(dated, now) ? automaticRotation(dated, now, plane) : { updateKey: dated };
}

export function automaticRotation(key: Key, now: number, plane: Pick<ControlPlane, 'table' | 'domainKeyId'>): KeyringChange {
  const { keyMaterialId, storedKey } = newMaterial(plane, key.keyId, key.keySpec);
  const after = rotated(key, keyMaterialId, 'AUTOMATIC', now);
  return { updateKey: after.key, insertMaterial: { material: after.material, storedKey } };
}
