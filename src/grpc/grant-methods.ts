import type { GrantScope } from '../access/grant.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { type GrantOrder, createGrant } from '../control-plane/create-grant.ts';
import { endGrant } from '../control-plane/end-grant.ts';
import { findGrant } from '../control-plane/find-grant.ts';
import { findPrincipal } from '../control-plane/find-principal.ts';
import { listGrants } from '../control-plane/list-grants.ts';
import { listRetirableGrants } from '../control-plane/list-retirable-grants.ts';
import { invalidField } from '../errors.ts';
import type { CreateGrantRequest__Output } from '../generated/latchkey/v1/CreateGrantRequest.ts';
import type { RetireGrantRequest__Output } from '../generated/latchkey/v1/RetireGrantRequest.ts';
import { grantToken, parseGrantToken, requireGrantTokens } from '../keyring/grant-token.ts';
import type { ArnScope } from '../keys/arn.ts';
import { type ManagedKeyReference, parseManagedKey } from '../keys/key-reference.ts';
import type { CallFacts } from '../permission/call-facts.ts';
import { grantMessage } from './grant-messages.ts';
import {
  parseGrantId,
  parseGrantScope,
  parseOptionalGrantId,
  parseOptionalGrantName,
  parseOptionalPrincipal,
  parsePrincipal,
} from './grant-requests.ts';
import { parsePage } from './requests.ts';
import type { KeyServiceMethods } from './service-methods.ts';

export function grantMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKey(text, 'key_id', scope);
  return {
    CreateGrant: async (request, { permission }) => {
      const reference = managed(request.key_id);
      const order = grantOrder(request, scope);
      requireGrantTokens(request.grant_tokens, plane.table);
      const { found, by } = await permission.keyAndReason('kms:CreateGrant', reference, newGrantFacts(order));
      const grant = await createGrant(
        {
          ...order,
          keyId: found.key.keyId,
          issuedBy: permission.identity.who.principal.principalId,
          parentGrantId: by.kind === 'grant' ? by.grantId : undefined,
        },
        plane,
      );
      return { grant_id: grant.grantId, grant_token: grantToken(grant, plane) };
    },
    ListGrants: async (request, { permission }) => {
      const page = parsePage(request);
      const grantId = parseOptionalGrantId(request.grant_id);
      const granteeArn = parseOptionalPrincipal(request.grantee_principal, 'grantee_principal', scope);
      const { keyId } = await permission.managedKey('kms:ListGrants', managed(request.key_id), notForAws);
      const granteeId = granteeArn === undefined ? undefined : await findPrincipal(granteeArn, 'grantee_principal', plane);
      const { items, nextPageToken } = await listGrants({ keyId, grantId, granteeId, ...page }, plane);
      return { grants: items.map((item) => grantMessage(item, scope)), next_page_token: nextPageToken };
    },
    ListRetirableGrants: async (request, { permission }) => {
      const page = parsePage(request);
      const arn = parsePrincipal(request.retiring_principal, 'retiring_principal', scope);
      if (permission.needsNone().who.arn !== arn) permission.onAccount('kms:ListRetirableGrants', arn);
      const retiringId = await findPrincipal(arn, 'retiring_principal', plane);
      const { items, nextPageToken } = await listRetirableGrants({ retiringId, ...page }, plane);
      return { grants: items.map((item) => grantMessage(item, scope)), next_page_token: nextPageToken };
    },
    RetireGrant: async (request, { permission }) => {
      const { reference, grantId } = grantToRetire(request, plane, scope);
      const grant = reference.kind === 'key' ? await findGrant({ keyId: reference.keyId, grantId }, plane) : undefined;
      const grants = grant === undefined ? [] : [grant];
      const { keyId } = await permission.managedKey('kms:RetireGrant', reference, { grants });
      await endGrant({ keyId, grantId, dryRun: request.dry_run }, plane);
      return {};
    },
    RevokeGrant: async ({ key_id, grant_id, dry_run }, { permission }) => {
      const reference = managed(key_id);
      const grantId = parseGrantId(grant_id);
      const { keyId } = await permission.managedKey('kms:RevokeGrant', reference, notForAws);
      await endGrant({ keyId, grantId, dryRun: dry_run }, plane);
      return {};
    },
  } satisfies Partial<KeyServiceMethods>;
}

type OrderedGrant = Pick<GrantOrder, 'granteeArn' | 'retiringArn' | 'name' | 'dryRun'> & { readonly scope: GrantScope };

function grantOrder(request: CreateGrantRequest__Output, scope: ArnScope): OrderedGrant {
  return {
    granteeArn: parsePrincipal(request.grantee_principal, 'grantee_principal', scope),
    retiringArn: parseOptionalPrincipal(request.retiring_principal, 'retiring_principal', scope),
    scope: parseGrantScope(request),
    name: parseOptionalGrantName(request.name),
    dryRun: request.dry_run,
  };
}

function newGrantFacts({ granteeArn, retiringArn, scope }: OrderedGrant): CallFacts {
  const ofPrincipals = {
    'kms:GranteePrincipal': granteeArn,
    ...(retiringArn !== undefined && { 'kms:RetiringPrincipal': retiringArn }),
  };
  return { newGrant: scope, values: { ...ofPrincipals, ...notForAws.values } };
}

/** A grant is named by its token, or by its key and its id. Throws INVALID_REQUEST, INVALID_ARN. */
function grantToRetire(
  { grant_token, key_id, grant_id }: RetireGrantRequest__Output,
  { table }: Pick<ControlPlane, 'table'>,
  scope: ArnScope,
): { readonly reference: ManagedKeyReference; readonly grantId: string } {
  if (grant_token === '') return { reference: parseManagedKey(key_id, 'key_id', scope), grantId: parseGrantId(grant_id) };
  if (key_id !== '') throw invalidField('key_id', 'must be empty with grant_token.');
  if (grant_id !== '') throw invalidField('grant_id', 'must be empty with grant_token.');
  const named = parseGrantToken(grant_token, table);
  if (named === undefined) throw invalidField('grant_token', 'must be the grant_token of an answer to CreateGrant.');
  return { reference: { kind: 'key', keyId: named.keyId }, grantId: named.grantId };
}

/** No service of AWS calls here. */
const notForAws = { values: { 'kms:GrantIsForAWSResource': 'false' } } as const satisfies CallFacts;
