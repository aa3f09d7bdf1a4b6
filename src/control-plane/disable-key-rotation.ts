import type { KeyId } from '../keys/key-id.ts';
import { requireRotatable, unscheduled } from '../keys/rotation.ts';
import { changeKey } from './change-key.ts';
import type { ControlPlane } from './control-plane.ts';

/** Turns automatic rotation off; where it is off already this changes nothing. Throws UNSUPPORTED_OPERATION. */
export async function disableKeyRotation(keyId: KeyId, plane: Pick<ControlPlane, 'keyring' | 'clock'>): Promise<void> {
  await changeKey(
    {
      keyId,
      operation: 'rotate',
      require: requireRotatable,
      change: (key) => (key.rotation === undefined ? key : unscheduled(key)),
    },
    plane,
  );
}
