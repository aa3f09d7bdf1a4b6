import { KmsError } from '../errors.ts';
import { accessLimits } from './access-limits.ts';
import type { Principal } from './principal.ts';

/** The principal as a member of the group too; itself when it is one already. Throws LIMIT_EXCEEDED. */
export function joined(principal: Principal, groupName: string): Principal {
  const { groups = [], path } = principal;
  if (groups.includes(groupName)) return principal;
  requireFewGroups(groups.length + 1, path);
  return { ...principal, groups: [...groups, groupName].toSorted() };
}

/** The principal without this membership; itself when it has none. */
export function left(principal: Principal, groupName: string): Principal {
  const { groups = [] } = principal;
  return groups.includes(groupName) ? { ...principal, groups: groups.filter((name) => name !== groupName) } : principal;
}

/** Throws LIMIT_EXCEEDED. */
export function requireFewGroups(count: number, path: string): void {
  if (count <= accessLimits.groupsOfPrincipal) return;
  throw new KmsError(
    'LIMIT_EXCEEDED',
    `${path} would belong to ${count} groups; ${accessLimits.groupsOfPrincipal} is the most, remove it from others first.`,
  );
}
