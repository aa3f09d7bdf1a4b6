import type { ControlPlane } from '../control-plane/control-plane.ts';
import { getKeyPolicy } from '../control-plane/get-key-policy.ts';
import { listKeyPolicies } from '../control-plane/list-key-policies.ts';
import { keyPolicyName, putKeyPolicy } from '../control-plane/put-key-policy.ts';
import { KmsError, invalidField } from '../errors.ts';
import type { ArnScope } from '../keys/arn.ts';
import { parseManagedKey } from '../keys/key-reference.ts';
import { bypassAction, bypassValues, newKeyPolicy, policyWarnings } from './key-policy-messages.ts';
import { parsePage } from './requests.ts';
import type { KeyServiceMethods } from './service-methods.ts';

export function keyPolicyMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKey(text, 'key_id', scope);
  return {
    GetKeyPolicy: async ({ key_id, policy_name }, { permission }) => {
      requirePolicyName(policy_name);
      const key = await permission.managedKey('kms:GetKeyPolicy', managed(key_id));
      return { policy: getKeyPolicy(key, scope), policy_name: keyPolicyName };
    },
    ListKeyPolicies: async (request, { permission }) => {
      const page = parsePage(request);
      const { keyId } = await permission.managedKey('kms:ListKeyPolicies', managed(request.key_id));
      const { items, nextPageToken } = listKeyPolicies({ keyId, ...page }, plane);
      return { policy_names: [...items], next_page_token: nextPageToken };
    },
    PutKeyPolicy: async (request, { permission }) => {
      requirePolicyName(request.policy_name);
      const reference = managed(request.key_id);
      const policy = newKeyPolicy(request, permission);
      if (policy === undefined) throw invalidField('policy', 'is required: a key policy in JSON.');
      const values = bypassValues(request);
      const { keyId } = await permission.managedKey('kms:PutKeyPolicy', reference, { values });
      if (policy.mayReplace === undefined) await permission.managedKey(bypassAction, reference, { values });
      const warnings = await putKeyPolicy({ keyId, policy }, plane);
      return { warnings: policyWarnings(warnings) };
    },
  } satisfies Partial<KeyServiceMethods>;
}

function requirePolicyName(text: string): void {
  if (text === '' || text === keyPolicyName) return;
  throw new KmsError('NO_SUCH_ENTITY', `policy_name: a key has one policy, named ${keyPolicyName}.`);
}
