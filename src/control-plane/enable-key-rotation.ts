import type { KeyId } from '../keys/key-id.ts';
import { requireRotatable, scheduled } from '../keys/rotation.ts';
import { changeKey } from './change-key.ts';
import type { ControlPlane } from './control-plane.ts';

/** Turns automatic rotation on, or on anew: the next date is one period from now. Throws UNSUPPORTED_OPERATION. */
export async function enableKeyRotation(
  { keyId, periodDays }: { keyId: KeyId; periodDays: number },
  plane: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  await changeKey(
    { keyId, operation: 'rotate', require: requireRotatable, change: (key, now) => scheduled(key, periodDays, now) },
    plane,
  );
}
