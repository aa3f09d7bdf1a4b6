import { KmsError } from '../errors.ts';
import { type AliasName, newAlias, refuseReserved } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { ControlPlane } from './control-plane.ts';

/** Gives a key a name. Throws INVALID_ALIAS_NAME, ALREADY_EXISTS, LIMIT_EXCEEDED. */
export async function createAlias(
  { aliasName, targetKeyId }: { aliasName: AliasName; targetKeyId: KeyId },
  { keyring, clock }: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  refuseReserved(aliasName);
  await keyring.change(async (reading) => {
    const target = await reading.key(targetKeyId);
    requireState(target, 'create-alias', clock.steadyNow());
    const existing = await reading.findAlias(aliasName);
    if (existing !== undefined) {
      throw new KmsError('ALREADY_EXISTS', `${aliasName} exists; UpdateAlias points it at another key.`);
    }
    const alias = newAlias(aliasName, target, await reading.aliasCount(targetKeyId), clock.now());
    return { change: { insertAlias: alias }, answer: undefined };
  });
}
