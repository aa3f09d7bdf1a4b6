import type { Principal, PrincipalId } from '../../access/principal.ts';
import { KmsError } from '../../errors.ts';
import type { Reading } from '../../keyring/reading.ts';
import type { ControlPlane } from '../control-plane.ts';

/** Changes a principal; one that `change` answers as it was is left alone. Throws NO_SUCH_ENTITY, and what `change` throws. */
export async function changePrincipal(
  principalId: PrincipalId,
  change: (principal: Principal, reading: Reading) => Principal | Promise<Principal>,
  { keyring }: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await keyring.change(async (reading) => {
    const principal = await livePrincipal(principalId, reading);
    const after = await change(principal, reading);
    return after === principal ? { answer: undefined } : { change: { updatePrincipal: after }, answer: undefined };
  });
}

/** One that is not deleted. Throws NO_SUCH_ENTITY. */
export async function livePrincipal(principalId: PrincipalId, reading: Reading): Promise<Principal> {
  const principal = await reading.findPrincipal(principalId);
  if (principal === undefined || principal.deletedAt !== undefined)
    throw new KmsError('NO_SUCH_ENTITY', `There is no principal ${principalId}.`);
  return principal;
}
