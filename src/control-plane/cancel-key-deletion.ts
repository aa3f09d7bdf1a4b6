import { deletionCancelled } from '../keys/deletion.ts';
import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';
import { withOverdueRotation } from './rotate-automatically.ts';

/** Keeps a key whose deletion is pending; it is disabled, and rotated if that came due meanwhile. */
export async function cancelKeyDeletion(keyId: KeyId, plane: ControlPlane): Promise<void> {
  await plane.keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireState(key, 'cancel-deletion', plane.clock.steadyNow());
    const after = deletionCancelled(key);
    return { change: withOverdueRotation({ before: key, after, now: plane.clock.now() }, plane), answer: undefined };
  });
}
