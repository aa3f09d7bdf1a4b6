import type { KeyId } from '../keys/key-id.ts';
import { changeKey } from './change-key.ts';
import type { ControlPlane } from './control-plane.ts';

export async function updateKeyDescription(
  keyId: KeyId,
  description: string,
  plane: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  await changeKey({ keyId, operation: 'annotate', change: (key) => ({ ...key, description }) }, plane);
}
