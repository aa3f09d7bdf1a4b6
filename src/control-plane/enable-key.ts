import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';
import { withOverdueRotation } from './rotate-automatically.ts';

/** Enabling an enabled key changes nothing; one whose rotation came due while it was disabled is rotated at once. */
export async function enableKey(keyId: KeyId, plane: ControlPlane): Promise<void> {
  await plane.keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireState(key, 'enable', plane.clock.steadyNow());
    if (!key.disabled) return { answer: undefined };
    const after = { ...key, disabled: false };
    return { change: withOverdueRotation({ before: key, after, now: plane.clock.now() }, plane), answer: undefined };
  });
}
