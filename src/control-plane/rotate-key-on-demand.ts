import type { ClientToken } from '../keys/client-token.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import { requireState } from '../keys/key-state.ts';
import { requireCurrentMaterial, rotated } from '../keys/rotation.ts';
import type { ControlPlane } from './control-plane.ts';
import { newMaterial } from './new-material.ts';
import { oncePerToken } from './once-per-token.ts';

export interface RotationOrder {
  readonly keyId: KeyId;
  readonly clientToken: ClientToken | undefined;
  /** Rotate only if this is still the current backing key. */
  readonly expectedCurrentKeyMaterialId: KeyMaterialId | undefined;
}

/** Gives a key a new backing key and answers its id. A repeated client token does not rotate again. Throws CONFLICT. */
export async function rotateKeyOnDemand(order: RotationOrder, plane: ControlPlane): Promise<KeyMaterialId> {
  const { keyId, clientToken, expectedCurrentKeyMaterialId } = order;
  const now = plane.clock.now();
  const tokened = { clientToken, scope: `RotateKeyOnDemand ${keyId}`, parameters: expectedCurrentKeyMaterialId ?? '', now };

  const { keyMaterialId } = await plane.keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    return oncePerToken(tokened, reading, () => {
      requireState(key, 'rotate-on-demand');
      requireCurrentMaterial(key, expectedCurrentKeyMaterialId);
      const { keyMaterialId: newest, storedKey } = newMaterial(plane, keyId, key.keySpec);
      const after = rotated(key, newest, 'ON_DEMAND', now);
      return { change: { updateKey: after.key, insertMaterial: { material: after.material, storedKey } }, answer: after.material };
    });
  });
  return keyMaterialId;
}
