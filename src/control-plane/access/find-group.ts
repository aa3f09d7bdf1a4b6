import type { Group } from '../../access/group.ts';
import { KmsError } from '../../errors.ts';
import { Missing, untilLoaded } from '../../keyring/missing.ts';
import type { Reading } from '../../keyring/reading.ts';
import type { ControlPlane } from '../control-plane.ts';

/** Throws NO_SUCH_ENTITY, KEY_UNAVAILABLE. */
export async function findGroup(name: string, { keyring }: Pick<ControlPlane, 'keyring'>): Promise<Group> {
  const look = () => keyring.directory.group(name);
  const known = look();
  return present(name, known instanceof Missing ? await untilLoaded(known, look, () => undefined) : known);
}

/** As `findGroup`, for a change. */
export async function existingGroup(name: string, reading: Reading): Promise<Group> {
  return present(name, await reading.findGroup(name));
}

function present(name: string, group: Group | undefined): Group {
  if (group === undefined) throw new KmsError('NO_SUCH_ENTITY', `There is no group ${name}.`);
  return group;
}
