import type { ContextPair, GrantConstraints } from '../access/grant.ts';
import type { ListedGrant } from '../control-plane/listed-grant.ts';
import type { Grant as GrantMessage } from '../generated/latchkey/v1/Grant.ts';
import type { GrantConstraints as ConstraintsMessage } from '../generated/latchkey/v1/GrantConstraints.ts';
import { type ArnScope, keyArn } from '../keys/arn.ts';
import { operationNames } from './grant-requests.ts';
import { timestamp } from './messages.ts';

/** Domain → proto. */
export function grantMessage({ grantId, grant, issuerArn = '' }: ListedGrant, scope: ArnScope): GrantMessage {
  if (grant === undefined) return { grant_id: grantId };
  return {
    grant_id: grantId,
    key_arn: keyArn(scope, grant.keyId),
    grantee_principal: grant.granteeArn,
    retiring_principal: grant.retiringArn ?? '',
    issuing_principal: issuerArn,
    operations: grant.operations.map((operation) => operationNames[operation]),
    constraints: grant.constraints === undefined ? null : constraintsMessage(grant.constraints),
    name: grant.name ?? '',
    creation_date: timestamp(grant.createdAt),
    parent_grant_id: grant.parentGrantId ?? '',
  };
}

function constraintsMessage({ encryptionContextEquals, encryptionContextSubset }: GrantConstraints): ConstraintsMessage {
  return {
    encryption_context_equals: contextOf(encryptionContextEquals),
    encryption_context_subset: contextOf(encryptionContextSubset),
  };
}

function contextOf(pairs: readonly ContextPair[] = []): { [name: string]: string } {
  return Object.fromEntries(pairs);
}
