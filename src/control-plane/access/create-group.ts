import { type Group, newGroup } from '../../access/group.ts';
import type { ReadyPolicyName } from '../../access/ready-policy-name.ts';
import { KmsError } from '../../errors.ts';
import type { ControlPlane } from '../control-plane.ts';
import { requireFewGroups } from './require-few.ts';

/** Makes a group that nobody belongs to. Throws ALREADY_EXISTS, LIMIT_EXCEEDED. */
export async function createGroup(
  { name, readyPolicies }: { readonly name: string; readonly readyPolicies: readonly ReadyPolicyName[] },
  { keyring, clock }: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<Group> {
  const now = clock.now();
  return keyring.change(async (reading) => {
    if ((await reading.findGroup(name)) !== undefined) throw new KmsError('ALREADY_EXISTS', `There is a group ${name} already.`);
    await requireFewGroups(reading);
    const insertGroup = { ...newGroup(name, now), ...(readyPolicies.length === 0 ? {} : { readyPolicies }) };
    return { change: { insertGroup }, answer: insertGroup };
  });
}
