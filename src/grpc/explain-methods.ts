import { readyPolicies } from '../access/ready-policies.ts';
import { findKey } from '../control-plane/find-key.ts';
import { lockoutsOf } from '../identity/lockout.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import { keyArn } from '../keys/arn.ts';
import type { KeyReference } from '../keys/key-reference.ts';
import type { Permission } from '../permission/permission.ts';
import { principalAtStake } from '../permission/principal-at-stake.ts';
import type { AccessParts } from './access-parts.ts';
import { parsePrincipal } from './access-requests.ts';
import { explanationMessage } from './explain-messages.ts';
import { parseSupposedCall } from './explain-request.ts';
import type { AccessServiceMethods } from './service-methods.ts';

export function explainMethods(parts: AccessParts) {
  const { scope, denyList } = parts;
  return {
    ListReadyPolicies: async (_, { permission }) => {
      permission.onAccount('latchkey:ListReadyPolicies');
      return { policies: readyPolicies.map(({ name, description, text }) => ({ policy_name: name, description, policy: text })) };
    },
    ExplainDecision: async (request, { permission }) => {
      const { action, about, facts, at } = parseSupposedCall(request, scope);
      const reference = parsePrincipal(request.principal, scope);
      const who = await principalAtStake(reference, { action: explain, permission }, parts);
      const what = 'key' in about ? await keyAtStake(about.key, permission, parts) : { arn: about.resource };
      const supposed = permission.ofAnother({ who, sourceIp: undefined, secureTransport: true }, at);
      const explained = await supposed.explain(action, what, facts);
      const lockouts = lockoutsOf(who.principal, denyList());
      return explanationMessage(explained, { arn: who.arn, path: who.principal.path, scope, lockouts });
    },
  } satisfies Partial<AccessServiceMethods>;
}

/**
 * The key that is asked about, if the caller may ask about it. Identity policies say so, not the key's own: it must be possible to
 * find out how a key policy locks everybody out. Of an alias that there is not, only those learn who may ask about everything.
 */
async function keyAtStake(reference: KeyReference, permission: Permission, { plane, scope }: AccessParts): Promise<KeySnapshot> {
  const found = await findKey(reference, plane).catch((error: unknown) => {
    permission.onAccount(explain, reference.kind === 'key' ? keyArn(scope, reference.keyId) : '*');
    throw error;
  });
  permission.onAccount(explain, found.arn);
  return found;
}

const explain = 'latchkey:ExplainDecision';
