import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';

/** Enabling an enabled key changes nothing. */
export async function enableKey(keyId: KeyId, { keyring }: Pick<ControlPlane, 'keyring'>): Promise<void> {
  await keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireState(key, 'enable');
    return key.disabled ? { change: { updateKey: { ...key, disabled: false } }, answer: undefined } : { answer: undefined };
  });
}
