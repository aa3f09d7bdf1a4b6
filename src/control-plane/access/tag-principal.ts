import type { PrincipalId } from '../../access/principal.ts';
import { type Tag, tagged } from '../../keys/tag.ts';
import type { ControlPlane } from '../control-plane.ts';
import { changePrincipal } from './change-principal.ts';

/** Adds tags, or replaces the values of those that the principal has. Throws NO_SUCH_ENTITY, LIMIT_EXCEEDED. */
export async function tagPrincipal(
  { principalId, tags }: { readonly principalId: PrincipalId; readonly tags: readonly Tag[] },
  plane: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await changePrincipal(principalId, (principal) => tagged(principal, tags), plane);
}
