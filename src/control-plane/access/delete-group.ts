import { KmsError } from '../../errors.ts';
import type { ControlPlane } from '../control-plane.ts';
import { existingGroup } from './find-group.ts';

/** Deletes a group that nobody belongs to. Throws NO_SUCH_ENTITY, INVALID_STATE. */
export async function deleteGroup(name: string, { keyring }: Pick<ControlPlane, 'keyring'>): Promise<void> {
  await keyring.change(async (reading) => {
    await existingGroup(name, reading);
    if (await reading.hasMembers(name)) {
      throw new KmsError(
        'INVALID_STATE',
        `Group ${name} has members, who would lose what it allows and what it denies; remove them from it first (ListPrincipals with group_name, RemovePrincipalFromGroup).`,
      );
    }
    return { change: { deleteGroup: name }, answer: undefined };
  });
}
