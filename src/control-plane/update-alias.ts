import { type AliasName, repointed, requirePointsAt, requireSameKind } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';

export interface AliasUpdate {
  readonly aliasName: AliasName;
  /** The key that the caller may take the alias from. */
  readonly fromKeyId: KeyId;
  readonly targetKeyId: KeyId;
}

/**
 * Points an alias at another key of the same kind. Throws ALIAS_NOT_FOUND, INVALID_KEY_USAGE, LIMIT_EXCEEDED,
 * CONFLICT.
 */
export async function updateAlias(
  { aliasName, fromKeyId, targetKeyId }: AliasUpdate,
  { keyring, clock }: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  await keyring.change(async (reading) => {
    const alias = await reading.alias(aliasName);
    requirePointsAt(alias, fromKeyId);
    const from = await reading.key(alias.keyId);
    const to = await reading.key(targetKeyId);
    requireSameKind(alias, from, to);
    requireState(to, 'update-alias', clock.steadyNow());
    const moved = repointed(alias, to, await reading.aliasCount(targetKeyId), clock.now());
    return { change: { updateAlias: moved }, answer: undefined };
  });
}
