import { joined, left } from '../../access/membership.ts';
import type { PrincipalId } from '../../access/principal.ts';
import type { ControlPlane } from '../control-plane.ts';
import { changePrincipal } from './change-principal.ts';
import { existingGroup } from './find-group.ts';

interface Membership {
  readonly principalId: PrincipalId;
  readonly groupName: string;
}

/** Adding a member again changes nothing. Throws NO_SUCH_ENTITY, LIMIT_EXCEEDED. */
export async function addPrincipalToGroup(
  { principalId, groupName }: Membership,
  plane: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await changePrincipal(
    principalId,
    async (principal, reading) => {
      await existingGroup(groupName, reading);
      return joined(principal, groupName);
    },
    plane,
  );
}

/** Removing who is no member changes nothing. Throws NO_SUCH_ENTITY. */
export async function removePrincipalFromGroup(
  { principalId, groupName }: Membership,
  plane: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await changePrincipal(principalId, (principal) => left(principal, groupName), plane);
}
