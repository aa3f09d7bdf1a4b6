import type { ActionName } from '../access/actions.ts';
import { inlinePolicy } from '../access/policy-holder.ts';
import {
  type HolderName,
  attachReadyPolicy,
  deleteIdentityPolicy,
  detachReadyPolicy,
  putIdentityPolicy,
} from '../control-plane/access/identity-policies.ts';
import type { Permission } from '../permission/permission.ts';
import { principalAtStake, principalToChange } from '../permission/principal-at-stake.ts';
import { policyWarning } from './access-messages.ts';
import type { AccessParts } from './access-parts.ts';
import { parseNewPolicyName, parsePolicyName, parsePrincipal, parseReadyPolicy } from './access-requests.ts';
import type { AccessServiceMethods } from './service-methods.ts';

export function principalPolicyMethods(parts: AccessParts) {
  const { plane, scope } = parts;
  const holder = async (text: string, action: ActionName, permission: Permission): Promise<HolderName> => {
    const { principal } = await principalToChange(parsePrincipal(text, scope), { action, permission }, parts);
    return { kind: 'principal', principalId: principal.principalId };
  };
  return {
    PutPrincipalPolicy: async ({ principal, policy_name, policy }, { permission }) => {
      const name = parseNewPolicyName(policy_name);
      const of = await holder(principal, 'latchkey:PutPrincipalPolicy', permission);
      const warnings = await putIdentityPolicy(of, { name, document: policy }, plane);
      return { warnings: warnings.map(policyWarning) };
    },
    GetPrincipalPolicy: async ({ principal, policy_name }, { permission }) => {
      const name = parsePolicyName(policy_name);
      const call = { action: 'latchkey:GetPrincipalPolicy', permission } as const;
      const of = await principalAtStake(parsePrincipal(principal, scope), call, parts);
      return { policy: inlinePolicy(of.principal, name).document };
    },
    DeletePrincipalPolicy: async ({ principal, policy_name }, { permission }) => {
      const name = parsePolicyName(policy_name);
      await deleteIdentityPolicy(await holder(principal, 'latchkey:DeletePrincipalPolicy', permission), name, plane);
      return {};
    },
    AttachPrincipalPolicy: async ({ principal, policy_name }, { permission }) => {
      const name = parseReadyPolicy(policy_name);
      await attachReadyPolicy(await holder(principal, 'latchkey:AttachPrincipalPolicy', permission), name, plane);
      return {};
    },
    DetachPrincipalPolicy: async ({ principal, policy_name }, { permission }) => {
      const name = parseReadyPolicy(policy_name);
      await detachReadyPolicy(await holder(principal, 'latchkey:DetachPrincipalPolicy', permission), name, plane);
      return {};
    },
  } satisfies Partial<AccessServiceMethods>;
}
