import type { KeyId } from '../keys/key-id.ts';
import { untagged } from '../keys/tag.ts';
import { changeKey } from './change-key.ts';
import type { ControlPlane } from './control-plane.ts';

/** Removes tags; those that the key does not have are left alone. */
export async function untagResource(
  { keyId, tagKeys }: { keyId: KeyId; tagKeys: readonly string[] },
  plane: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  await changeKey({ keyId, operation: 'annotate', change: (key) => untagged(key, tagKeys) }, plane);
}
