import type { ActionName } from '../access/actions.ts';
import { groupArn } from '../access/group.ts';
import type { PrincipalId } from '../access/principal.ts';
import { createGroup } from '../control-plane/access/create-group.ts';
import { deleteGroup } from '../control-plane/access/delete-group.ts';
import { findGroup } from '../control-plane/access/find-group.ts';
import { addPrincipalToGroup, removePrincipalFromGroup } from '../control-plane/access/group-membership.ts';
import { listGroups } from '../control-plane/access/list-groups.ts';
import type { Permission } from '../permission/permission.ts';
import { principalToChange } from '../permission/principal-at-stake.ts';
import { groupMessage } from './access-messages.ts';
import type { AccessParts } from './access-parts.ts';
import { parseGroupName, parsePrincipal, parseReadyPolicies } from './access-requests.ts';
import { parsePage } from './requests.ts';
import type { AccessServiceMethods } from './service-methods.ts';

export function groupMethods(parts: AccessParts) {
  const { plane, scope } = parts;
  return {
    CreateGroup: async ({ group_name, ready_policy_names }, { permission }) => {
      const name = parseGroupName(group_name);
      const readyPolicies = parseReadyPolicies(ready_policy_names);
      permission.onAccount('latchkey:CreateGroup', groupArn(scope, name));
      if (readyPolicies.length > 0) permission.onAccount('latchkey:AttachGroupPolicy', groupArn(scope, name));
      return { group: groupMessage({ name, group: await createGroup({ name, readyPolicies }, plane) }, scope) };
    },
    DescribeGroup: async ({ group_name }, { permission }) => {
      const name = parseGroupName(group_name);
      permission.onAccount('latchkey:DescribeGroup', groupArn(scope, name));
      return { group: groupMessage({ name, group: await findGroup(name, plane) }, scope) };
    },
    ListGroups: async (request, { permission }) => {
      const page = parsePage(request);
      permission.onAccount('latchkey:ListGroups');
      const { items, nextPageToken } = await listGroups(page, plane);
      return { groups: items.map((listed) => groupMessage(listed, scope)), next_page_token: nextPageToken };
    },
    DeleteGroup: async ({ group_name }, { permission }) => {
      const name = parseGroupName(group_name);
      permission.onAccount('latchkey:DeleteGroup', groupArn(scope, name));
      await deleteGroup(name, plane);
      return {};
    },
    ...membershipMethods(parts),
  } satisfies Partial<AccessServiceMethods>;
}

function membershipMethods(parts: AccessParts) {
  const { plane, scope } = parts;
  /** On both: whoever may do this with everybody is not to do it with every group, nor the other way round. */
  const members = async (
    request: { readonly principal: string; readonly group_name: string },
    action: ActionName,
    permission: Permission,
  ): Promise<{ readonly principalId: PrincipalId; readonly groupName: string }> => {
    const reference = parsePrincipal(request.principal, scope);
    const groupName = parseGroupName(request.group_name);
    permission.onAccount(action, groupArn(scope, groupName));
    const { principal } = await principalToChange(reference, { action, permission }, parts);
    return { principalId: principal.principalId, groupName };
  };
  return {
    AddPrincipalToGroup: async (request, { permission }) => {
      await addPrincipalToGroup(await members(request, 'latchkey:AddPrincipalToGroup', permission), plane);
      return {};
    },
    RemovePrincipalFromGroup: async (request, { permission }) => {
      await removePrincipalFromGroup(await members(request, 'latchkey:RemovePrincipalFromGroup', permission), plane);
      return {};
    },
  } satisfies Partial<AccessServiceMethods>;
}
