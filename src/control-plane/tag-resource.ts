import type { KeyId } from '../keys/key-id.ts';
import { type Tag, tagged } from '../keys/tag.ts';
import { changeKey } from './change-key.ts';
import type { ControlPlane } from './control-plane.ts';

/** Adds tags, or replaces the values of those that the key has. Throws LIMIT_EXCEEDED. */
export async function tagResource(
  { keyId, tags }: { keyId: KeyId; tags: readonly Tag[] },
  plane: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  await changeKey({ keyId, operation: 'annotate', change: (key) => tagged(key, tags) }, plane);
}
