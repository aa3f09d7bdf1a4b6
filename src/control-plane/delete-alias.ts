import { type AliasName, requirePointsAt } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { ControlPlane } from './control-plane.ts';

export interface AliasDeletion {
  readonly aliasName: AliasName;
  /** The key that the caller may take the alias from; absent when the alias's record is not authentic. */
  readonly fromKeyId: KeyId | undefined;
}

/** Removes a name, also one whose record is not authentic; the key stays. Throws ALIAS_NOT_FOUND, CONFLICT. */
export async function deleteAlias(
  { aliasName, fromKeyId }: AliasDeletion,
  { keyring }: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await keyring.change(async (reading) => {
    if (fromKeyId === undefined) await reading.requireAlias(aliasName);
    else requirePointsAt(await reading.alias(aliasName), fromKeyId);
    return { change: { deleteAlias: aliasName }, answer: undefined };
  });
}
