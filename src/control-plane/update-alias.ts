import { type AliasName, repointed, requireSameKind } from '../keys/alias.ts';
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
    requireSameKind(alias, from, to);
    requireState(to, 'update-alias', clock.steadyNow());
    const moved = repointed(alias, to, await reading.aliasCount(targetKeyId), clock.now());
    return { change: { updateAlias: moved }, answer: undefined };
  });
}
