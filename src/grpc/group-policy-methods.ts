import type { ActionName } from '../access/actions.ts';
import { groupArn } from '../access/group.ts';
import { inlinePolicy } from '../access/policy-holder.ts';
import { findGroup } from '../control-plane/access/find-group.ts';
import {
  type HolderName,
  attachReadyPolicy,
  deleteIdentityPolicy,
  detachReadyPolicy,
  putIdentityPolicy,
} from '../control-plane/access/identity-policies.ts';
import type { Permission } from '../permission/permission.ts';
import { policyWarning } from './access-messages.ts';
import type { AccessParts } from './access-parts.ts';
import { parseGroupName, parseNewPolicyName, parsePolicyName, parseReadyPolicy } from './access-requests.ts';
import type { AccessServiceMethods } from './service-methods.ts';

export function groupPolicyMethods({ plane, scope }: AccessParts) {
  const holder = (text: string, action: ActionName, permission: Permission): HolderName => {
    const name = parseGroupName(text);
    permission.onAccount(action, groupArn(scope, name));
    return { kind: 'group', name };
  };
  return {
    PutGroupPolicy: async ({ group_name, policy_name, policy }, { permission }) => {
      const name = parseNewPolicyName(policy_name);
      const of = holder(group_name, 'latchkey:PutGroupPolicy', permission);
      const warnings = await putIdentityPolicy(of, { name, document: policy }, plane);
      return { warnings: warnings.map(policyWarning) };
    },
    GetGroupPolicy: async ({ group_name, policy_name }, { permission }) => {
      const name = parsePolicyName(policy_name);
      const groupName = parseGroupName(group_name);
      permission.onAccount('latchkey:GetGroupPolicy', groupArn(scope, groupName));
      return { policy: inlinePolicy(await findGroup(groupName, plane), name).document };
    },
    DeleteGroupPolicy: async ({ group_name, policy_name }, { permission }) => {
      const name = parsePolicyName(policy_name);
      await deleteIdentityPolicy(holder(group_name, 'latchkey:DeleteGroupPolicy', permission), name, plane);
      return {};
    },
    AttachGroupPolicy: async ({ group_name, policy_name }, { permission }) => {
      const name = parseReadyPolicy(policy_name);
      await attachReadyPolicy(holder(group_name, 'latchkey:AttachGroupPolicy', permission), name, plane);
      return {};
    },
    DetachGroupPolicy: async ({ group_name, policy_name }, { permission }) => {
      const name = parseReadyPolicy(policy_name);
      await detachReadyPolicy(holder(group_name, 'latchkey:DetachGroupPolicy', permission), name, plane);
      return {};
    },
  } satisfies Partial<AccessServiceMethods>;
}
