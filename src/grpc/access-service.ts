import type { AccessParts } from './access-parts.ts';
import { accessTokenMethods } from './access-token-methods.ts';
import { explainMethods } from './explain-methods.ts';
import { groupMethods } from './group-methods.ts';
import { groupPolicyMethods } from './group-policy-methods.ts';
import { principalMethods } from './principal-methods.ts';
import { principalPolicyMethods } from './principal-policy-methods.ts';
import type { AccessServiceMethods } from './service-methods.ts';

/** AccessService: each method reads its request, asks whether its caller may, runs its use case and writes its response. */
export function accessServiceMethods(parts: AccessParts): AccessServiceMethods {
  return {
    ...principalMethods(parts),
    ...accessTokenMethods(parts),
    ...principalPolicyMethods(parts),
    ...groupMethods(parts),
    ...groupPolicyMethods(parts),
    ...explainMethods(parts),
  };
}
