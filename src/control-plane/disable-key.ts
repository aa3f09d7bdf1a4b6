import type { KeyId } from '../keys/key-id.ts';
import { changeKey } from './change-key.ts';
import type { ControlPlane } from './control-plane.ts';

/** When this returns, no call that begins afterwards uses the key. Disabling a disabled key changes nothing. */
export async function disableKey(keyId: KeyId, plane: Pick<ControlPlane, 'keyring' | 'clock'>): Promise<void> {
  await changeKey({ keyId, operation: 'disable', change: (key) => (key.disabled ? key : { ...key, disabled: true }) }, plane);
}
