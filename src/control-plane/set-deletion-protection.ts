import type { KeyId } from '../keys/key-id.ts';
import { changeKey } from './change-key.ts';
import type { ControlPlane } from './control-plane.ts';

/** Setting what is set changes nothing. */
export async function setDeletionProtection(
  { keyId, deletionProtected }: { keyId: KeyId; deletionProtected: boolean },
  plane: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  await changeKey(
    {
      keyId,
      operation: 'annotate',
      change: (key) => ((key.deletionProtected ?? false) === deletionProtected ? key : { ...key, deletionProtected }),
    },
    plane,
  );
}
