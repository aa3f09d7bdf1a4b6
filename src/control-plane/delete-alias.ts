import type { AliasName } from '../keys/alias.ts';
import type { ControlPlane } from './control-plane.ts';
import { refuseReserved } from './refuse-reserved.ts';

/** Removes a name, also one whose record is not authentic; the key stays. Throws INVALID_ALIAS_NAME, ALIAS_NOT_FOUND. */
export async function deleteAlias(aliasName: AliasName, { keyring }: Pick<ControlPlane, 'keyring'>): Promise<void> {
  refuseReserved(aliasName);
  await keyring.change(async (reading) => {
    await reading.requireAlias(aliasName);
    return { change: { deleteAlias: aliasName }, answer: undefined };
  });
}
