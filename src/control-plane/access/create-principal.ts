import { requireFewGroups } from '../../access/membership.ts';
import type { Principal } from '../../access/principal.ts';
import type { ReadyPolicyName } from '../../access/ready-policy-name.ts';
import { KmsError } from '../../errors.ts';
import type { Reading } from '../../keyring/reading.ts';
import { type Tag, tagged } from '../../keys/tag.ts';
import type { ControlPlane } from '../control-plane.ts';
import { existingGroup } from './find-group.ts';
import { requireFewPrincipals } from './require-few.ts';

export interface CreatePrincipalOrder {
  /** `user/token/alice` */
  readonly path: string;
  /** What it authenticates with, in its one spelling; absent when with access tokens. */
  readonly subject?: string | undefined;
  readonly tags: readonly Tag[];
  readonly readyPolicies: readonly ReadyPolicyName[];
  /** Names. */
  readonly groups: readonly string[];
}

/** Makes a principal, whose name nobody ever had. Throws ALREADY_EXISTS, LIMIT_EXCEEDED, NO_SUCH_ENTITY (a group). */
export async function createPrincipal(
  order: CreatePrincipalOrder,
  plane: Pick<ControlPlane, 'keyring' | 'clock' | 'newPrincipalId'>,
): Promise<Principal> {
  const now = plane.clock.now();
  return plane.keyring.change(async (reading) => {
    await requireUnused(order, reading);
    await requireFewPrincipals(reading);
    requireFewGroups(order.groups.length, order.path);
    for (const name of order.groups) await existingGroup(name, reading);
    const insertPrincipal = principalOf(order, { principalId: plane.newPrincipalId(), createdAt: now });
    return { change: { insertPrincipal }, answer: insertPrincipal };
  });
}

async function requireUnused({ path, subject }: CreatePrincipalOrder, reading: Reading): Promise<void> {
  const namesake = await reading.findPrincipalByPath(path);
  if (namesake !== undefined) {
    const was = namesake.deletedAt === undefined ? 'There is a principal' : 'There was a principal';
    throw new KmsError('ALREADY_EXISTS', `${was} ${path}, and names are never used again; choose another.`);
  }
  const same = subject === undefined ? undefined : await reading.findPrincipalBySubject(subject);
  if (same === undefined) return;
  const is = same.deletedAt === undefined ? 'is' : 'was, and is locked out for ever as,';
  throw new KmsError('ALREADY_EXISTS', `${JSON.stringify(subject)} ${is} the principal ${same.path}.`);
}

function principalOf(
  { path, subject, tags, readyPolicies, groups }: CreatePrincipalOrder,
  made: Pick<Principal, 'principalId' | 'createdAt'>,
): Principal {
  const principal: Principal = {
    ...made,
    path,
    ...(subject === undefined ? {} : { subject }),
    disabled: false,
    ...(readyPolicies.length === 0 ? {} : { readyPolicies }),
    ...(groups.length === 0 ? {} : { groups: groups.toSorted() }),
  };
  return tags.length === 0 ? principal : tagged(principal, tags);
}
