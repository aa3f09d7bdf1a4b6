import type { ActionName } from '../access/actions.ts';
import { groupArn } from '../access/group.ts';
import { principalArn } from '../access/principal.ts';
import { type CreatePrincipalOrder, createPrincipal } from '../control-plane/access/create-principal.ts';
import { deletePrincipal } from '../control-plane/access/delete-principal.ts';
import { disablePrincipal } from '../control-plane/access/disable-principal.ts';
import { enablePrincipal } from '../control-plane/access/enable-principal.ts';
import { listPrincipals } from '../control-plane/access/list-principals.ts';
import { tagPrincipal } from '../control-plane/access/tag-principal.ts';
import { untagPrincipal } from '../control-plane/access/untag-principal.ts';
import type { Permission } from '../permission/permission.ts';
import { principalAtStake, principalToChange } from '../permission/principal-at-stake.ts';
import type { ArnScope } from '../keys/arn.ts';
import { listedPrincipal, principalMessage } from './access-messages.ts';
import type { AccessParts } from './access-parts.ts';
import { parseGroupName, parseGroupNames, parseNewPrincipal, parsePrincipal, parseReadyPolicies } from './access-requests.ts';
import { parsePage, parseTagKeys, parseTagList } from './requests.ts';
import type { AccessServiceMethods } from './service-methods.ts';

export function principalMethods(parts: AccessParts) {
  const { plane, scope } = parts;
  return {
    GetCallerIdentity: async (_, { permission }) => {
      const { arn, principal } = permission.needsNone().who;
      return { principal_id: principal.principalId, arn, account: scope.account };
    },
    CreatePrincipal: async (request, { permission }) => {
      const order: CreatePrincipalOrder = {
        ...parseNewPrincipal(request, parts.subjects),
        tags: parseTagList(request.tags, 0),
        readyPolicies: parseReadyPolicies(request.ready_policy_names),
        groups: parseGroupNames(request.group_names),
      };
      requireMayCreate(order, permission, scope);
      return { principal: principalMessage(await createPrincipal(order, plane), scope) };
    },
    DescribePrincipal: async (request, { permission }) => {
      const call = { action: 'latchkey:DescribePrincipal', permission } as const;
      const { principal } = await principalAtStake(parsePrincipal(request.principal, scope), call, parts);
      return { principal: principalMessage(principal, scope) };
    },
    ListPrincipals: async (request, { permission }) => {
      const page = parsePage(request);
      const groupName = request.group_name === '' ? '' : parseGroupName(request.group_name);
      permission.onAccount('latchkey:ListPrincipals');
      const { items, nextPageToken } = await listPrincipals({ ...page, groupName }, plane);
      return { principals: items.map((listed) => listedPrincipal(listed, scope)), next_page_token: nextPageToken };
    },
    ...changesOfPrincipals(parts),
  } satisfies Partial<AccessServiceMethods>;
}

function changesOfPrincipals(parts: AccessParts) {
  const { plane, scope } = parts;
  const changed = async (text: string, action: ActionName, permission: Permission) => {
    const { principal } = await principalToChange(parsePrincipal(text, scope), { action, permission }, parts);
    return principal.principalId;
  };
  return {
    EnablePrincipal: async ({ principal }, { permission }) => {
      await enablePrincipal(await changed(principal, 'latchkey:EnablePrincipal', permission), plane);
      return {};
    },
    DisablePrincipal: async ({ principal }, { permission }) => {
      await disablePrincipal(await changed(principal, 'latchkey:DisablePrincipal', permission), plane);
      return {};
    },
    DeletePrincipal: async ({ principal }, { permission }) => {
      await deletePrincipal(await changed(principal, 'latchkey:DeletePrincipal', permission), plane);
      return {};
    },
    TagPrincipal: async (request, { permission }) => {
      const tags = parseTagList(request.tags, 1);
      const call = { action: 'latchkey:TagPrincipal', permission, facts: { tags } } as const;
      const { principal } = await principalToChange(parsePrincipal(request.principal, scope), call, parts);
      await tagPrincipal({ principalId: principal.principalId, tags }, plane);
      return {};
    },
    UntagPrincipal: async (request, { permission }) => {
      const tagKeys = parseTagKeys(request.tag_keys);
      const call = { action: 'latchkey:UntagPrincipal', permission, facts: { tagKeys } } as const;
      const { principal } = await principalToChange(parsePrincipal(request.principal, scope), call, parts);
      await untagPrincipal({ principalId: principal.principalId, tagKeys }, plane);
      return {};
    },
  } satisfies Partial<AccessServiceMethods>;
}

/** What a principal has from the start takes what giving it later takes: else making principals would be a way around. */
function requireMayCreate(
  { path, tags, readyPolicies, groups }: CreatePrincipalOrder,
  permission: Permission,
  scope: ArnScope,
): void {
  const arn = principalArn(scope, path);
  permission.onAccount('latchkey:CreatePrincipal', arn, { tags });
  if (tags.length > 0) permission.onAccount('latchkey:TagPrincipal', arn, { tags });
  if (readyPolicies.length > 0) permission.onAccount('latchkey:AttachPrincipalPolicy', arn);
  if (groups.length > 0) permission.onAccount('latchkey:AddPrincipalToGroup', arn);
  for (const name of groups) permission.onAccount('latchkey:AddPrincipalToGroup', groupArn(scope, name));
}
