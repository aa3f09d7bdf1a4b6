import type { PrincipalId } from '../access/principal.ts';
import type { ClientToken } from '../keys/client-token.ts';
import type { KeyId } from '../keys/key-id.ts';
import { pendingRotation, summary } from '../keys/key-import.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import { requireState } from '../keys/key-state.ts';
import type { Key } from '../keys/key.ts';
import { afterRotation, requireCurrentMaterial, requireRotationsLeft, rotated } from '../keys/rotation.ts';
import type { Decision } from '../keyring/keyring.ts';
import type { Reading } from '../keyring/reading.ts';
import type { ControlPlane } from './control-plane.ts';
import { newMaterial } from './new-material.ts';
import { oncePerToken } from './once-per-token.ts';

export interface RotationOrder {
  readonly keyId: KeyId;
  readonly clientToken: ClientToken | undefined;
  /** Rotate only if this is still the current backing key. */
  readonly expectedCurrentKeyMaterialId: KeyMaterialId | undefined;
  /** Who asks: nobody is answered with what another did with the same client token. Absent where there is no token. */
  readonly rotatedBy?: PrincipalId;
}

/**
 * Gives a key a new backing key, or makes imported material that is pending rotation the current one, and answers its id. A
 * repeated client token does not rotate again. Throws CONFLICT, INVALID_STATE, LIMIT_EXCEEDED.
 */
export async function rotateKeyOnDemand(order: RotationOrder, plane: ControlPlane): Promise<KeyMaterialId> {
  const { keyId, clientToken, expectedCurrentKeyMaterialId, rotatedBy = '' } = order;
  const now = plane.clock.now();
  const scope = `RotateKeyOnDemand ${keyId} ${rotatedBy}`;
  const tokened = { clientToken, scope, parameters: expectedCurrentKeyMaterialId ?? '', now };

  const { keyMaterialId } = await plane.keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    return oncePerToken(tokened, reading, () => {
      requireState(key, 'rotate', plane.clock.steadyNow());
      requireCurrentMaterial(key, expectedCurrentKeyMaterialId);
      requireRotationsLeft(key, plane.maxOnDemandRotations);
      return key.origin === 'EXTERNAL' ? promoted(key, now, { reading, plane }) : generated(key, now, plane);
    });
  });
  if (keyMaterialId === undefined) throw new Error('A rotation was remembered without its backing key.');
  return keyMaterialId;
}

function generated(key: Key, now: number, plane: ControlPlane): Decision<KeyMaterial> {
  const { keyMaterialId, storedKey } = newMaterial(plane, key.keyId, key.keySpec);
  const after = rotated(key, keyMaterialId, 'ON_DEMAND', now);
  return { change: { updateKey: after.key, insertMaterial: { material: after.material, storedKey } }, answer: after.material };
}

async function promoted(key: Key, now: number, { reading, plane }: Promotion): Promise<Decision<KeyMaterial>> {
  const materials = await reading.materials(key.keyId);
  const pending = pendingRotation(
    key,
    materials.map(({ material }) => material),
    plane.clock.steadyNow(),
  );
  const material: KeyMaterial = { ...pending, rotation: { type: 'ON_DEMAND', rotatedAt: now } };
  const after = materials.map((entry) => (entry.material === pending ? { ...entry, material } : entry));
  const { keyMaterialId } = material;
  const updateKey: Key = {
    ...afterRotation(key, 'ON_DEMAND', now),
    currentKeyMaterialId: keyMaterialId,
    imported: summary(
      after.map((entry) => entry.material),
      { ...key, currentKeyMaterialId: keyMaterialId },
    ),
  };
  return { change: { updateKey, updateMaterials: after.filter((entry) => entry.material === material) }, answer: material };
}

interface Promotion {
  readonly reading: Reading;
  readonly plane: Pick<ControlPlane, 'clock'>;
}
