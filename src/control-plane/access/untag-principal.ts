import type { PrincipalId } from '../../access/principal.ts';
import { untagged } from '../../keys/tag.ts';
import type { ControlPlane } from '../control-plane.ts';
import { changePrincipal } from './change-principal.ts';

/** Removes tags; those that the principal does not have are left alone. Throws NO_SUCH_ENTITY. */
export async function untagPrincipal(
  { principalId, tagKeys }: { readonly principalId: PrincipalId; readonly tagKeys: readonly string[] },
  plane: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await changePrincipal(principalId, (principal) => untagged(principal, tagKeys), plane);
}
