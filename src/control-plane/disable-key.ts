import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';

/** When this returns, no call that begins afterwards uses the key. Disabling a disabled key changes nothing. */
export async function disableKey(keyId: KeyId, { keyring }: Pick<ControlPlane, 'keyring'>): Promise<void> {
  await keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireState(key, 'disable');
    return key.disabled ? { answer: undefined } : { change: { updateKey: { ...key, disabled: true } }, answer: undefined };
  });
}
