import { deletionScheduled, requireUnprotected } from '../keys/deletion.ts';
import type { KeyId } from '../keys/key-id.ts';
import { changeKey } from './change-key.ts';
import type { ControlPlane } from './control-plane.ts';

/** When this returns, no call that begins afterwards uses the key. Answers the date at which it is due. */
export async function scheduleKeyDeletion(
  { keyId, windowDays }: { keyId: KeyId; windowDays: number },
  plane: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<number> {
  const { deletion } = await changeKey(
    {
      keyId,
      operation: 'schedule-deletion',
      change: (key) => {
        requireUnprotected(key, 'its deletion');
        // A clock that is behind must not make the waiting period shorter.
        return deletionScheduled(key, windowDays, Math.floor(plane.clock.steadyNow()));
      },
    },
    plane,
  );
  if (deletion === undefined) throw new Error('A key whose deletion was scheduled has no date.');
  return deletion.date;
}
