import { KmsError } from '../errors.ts';
import { requireUnprotected } from '../keys/deletion.ts';
import type { KeyId } from '../keys/key-id.ts';
import { requireExternal, summary } from '../keys/key-import.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import { requireState, stateDated } from '../keys/key-state.ts';
import { erased } from '../keyring/change.ts';
import type { ControlPlane } from './control-plane.ts';

/**
 * Destroys the bytes of one imported material, the current one when none is named, and answers which; `undefined` when the key
 * has none. What was destroyed before stays so. Throws UNSUPPORTED_OPERATION, INVALID_STATE, DELETION_PROTECTED.
 */
export async function deleteImportedKeyMaterial(
  { keyId, keyMaterialId }: { keyId: KeyId; keyMaterialId: KeyMaterialId | undefined },
  { keyring, clock }: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<KeyMaterialId | undefined> {
  return keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireExternal(key);
    requireState(key, 'delete-material', clock.steadyNow());
    requireUnprotected(key, 'the deletion of its material');

    const named = keyMaterialId ?? key.currentKeyMaterialId;
    if (named === undefined) return { answer: undefined };
    const entries = await reading.materials(keyId);
    const found = entries.find(({ material }) => material.keyMaterialId === named);
    if (found === undefined) {
      throw new KmsError('INVALID_STATE', `Key ${keyId} has no material ${named}; ListKeyRotations shows those it has.`);
    }
    // What is gone already goes once more: the store then erases what an earlier attempt may have left in its log.
    const gone = erased(found);
    const imported = summary(
      entries.map((entry) => (entry === found ? gone.material : entry.material)),
      key,
    );
    return { change: { updateKey: stateDated(key, { ...key, imported }, clock.now()), updateMaterials: [gone] }, answer: named };
  });
}
