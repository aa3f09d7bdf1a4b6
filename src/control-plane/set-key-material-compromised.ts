import { KmsError } from '../errors.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import { isPermanent } from '../keys/key-import.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';

export interface CompromiseOrder {
  readonly keyId: KeyId;
  readonly keyMaterialId: KeyMaterialId;
  readonly compromised: boolean;
}

/** When this returns, no call that begins afterwards decrypts with a compromised backing key. Throws INVALID_STATE. */
export async function setKeyMaterialCompromised(order: CompromiseOrder, { keyring, clock }: ControlPlane): Promise<void> {
  const { keyId, keyMaterialId, compromised } = order;
  await keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireState(key, 'annotate', clock.steadyNow());
    const found = await reading.material(keyMaterialId);
    if (found === undefined || found.material.keyId !== keyId) {
      throw new KmsError('INVALID_STATE', `Key ${keyId} has no backing key ${keyMaterialId}; ListKeyRotations shows those it has.`);
    }
    if (keyMaterialId === key.currentKeyMaterialId) {
      throw new KmsError('INVALID_STATE', `${keyMaterialId} is the current backing key of ${keyId}; rotate the key first.`);
    }
    if (!isPermanent(found.material)) {
      throw new KmsError('INVALID_STATE', `${keyMaterialId} of key ${keyId} is pending rotation: it encrypted nothing; delete it.`);
    }
    const { compromisedAt, ...sound } = found.material;
    if ((compromisedAt !== undefined) === compromised) return { answer: undefined };
    const material = compromised ? { ...sound, compromisedAt: clock.now() } : sound;
    return { change: { updateMaterials: [{ material, storedKey: found.storedKey }] }, answer: undefined };
  });
}
