import { type AliasName, repointed } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';
import { refuseReserved } from './refuse-reserved.ts';

/** Points an alias at another key of the same kind. Throws INVALID_ALIAS_NAME, ALIAS_NOT_FOUND, INVALID_KEY_USAGE, LIMIT_EXCEEDED. */
export async function updateAlias(
  { aliasName, targetKeyId }: { aliasName: AliasName; targetKeyId: KeyId },
  { keyring, clock }: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  refuseReserved(aliasName);
  await keyring.change(async (reading) => {
    const alias = await reading.alias(aliasName);
    const from = await reading.key(alias.keyId);
    const to = await reading.key(targetKeyId);
    const moved = repointed(alias, from, to, { aliasCount: await reading.aliasCount(targetKeyId), now: clock.now() });
    requireState(to, 'update-alias');
    return { change: { updateAlias: moved }, answer: undefined };
  });
}
