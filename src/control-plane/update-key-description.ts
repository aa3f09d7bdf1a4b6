import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';

export async function updateKeyDescription(
  keyId: KeyId,
  description: string,
  { keyring }: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireState(key, 'update-description');
    return { change: { updateKey: { ...key, description } }, answer: undefined };
  });
}
