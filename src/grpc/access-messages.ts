import type { AccessToken as DomainToken } from '../access/access-token.ts';
import { groupArn } from '../access/group.ts';
import type { PolicyFinding } from '../access/policy-findings.ts';
import type { PolicyHolder } from '../access/policy-holder.ts';
import { type Principal as DomainPrincipal, principalArn } from '../access/principal.ts';
import type { ListedAccessToken } from '../control-plane/access/list-access-tokens.ts';
import type { ListedGroup } from '../control-plane/access/list-groups.ts';
import type { ListedPrincipal } from '../control-plane/access/list-principals.ts';
import type { AccessToken } from '../generated/latchkey/v1/AccessToken.ts';
import type { Group } from '../generated/latchkey/v1/Group.ts';
import type { PolicyWarning } from '../generated/latchkey/v1/PolicyWarning.ts';
import type { Principal } from '../generated/latchkey/v1/Principal.ts';
import type { ArnScope } from '../keys/arn.ts';
import { timestamp } from './messages.ts';

// Domain → proto, of AccessService.

export function principalMessage(principal: DomainPrincipal, scope: ArnScope): Principal {
  const { principalId, path, subject = '', createdAt, disabled, tags = [], groups = [] } = principal;
  return {
    principal_id: principalId,
    arn: principalArn(scope, path),
    path,
    source: sourceOf(path),
    subject,
    creation_date: timestamp(createdAt),
    enabled: !disabled,
    tags: tags.map(({ key, value }) => ({ tag_key: key, tag_value: value })),
    group_names: [...groups],
    ...policyNames(principal),
  };
}

export function listedPrincipal({ principalId, path, principal }: ListedPrincipal, scope: ArnScope): Principal {
  if (principal !== undefined) return principalMessage(principal, scope);
  return { principal_id: principalId, arn: principalArn(scope, path), path };
}

export function accessTokenMessage({ tokenId, createdAt, expiresAt, revokedAt, description = '' }: DomainToken): AccessToken {
  return {
    token_id: tokenId,
    creation_date: timestamp(createdAt),
    expiration_date: timestamp(expiresAt),
    revoked: revokedAt !== undefined,
    description,
  };
}

export function listedAccessToken({ tokenId, token }: ListedAccessToken): AccessToken {
  return token === undefined ? { token_id: tokenId } : accessTokenMessage(token);
}

export function groupMessage({ name, group }: ListedGroup, scope: ArnScope): Group {
  const named = { group_name: name, arn: groupArn(scope, name) };
  return group === undefined ? named : { ...named, creation_date: timestamp(group.createdAt), ...policyNames(group) };
}

export function policyWarning({ path, message }: PolicyFinding): PolicyWarning {
  return { location: path, message };
}

function policyNames({ readyPolicies = [], inlinePolicies = [] }: PolicyHolder) {
  return { ready_policy_names: [...readyPolicies], policy_names: inlinePolicies.map(({ name }) => name) };
}

function sourceOf(path: string): NonNullable<Principal['source']> {
  const [, kind = 'local'] = path.split('/');
  return sources[kind] ?? 'PRINCIPAL_SOURCE_LOCAL';
}

/** By the second part of the path. */
const sources: Readonly<Record<string, NonNullable<Principal['source']>>> = {
  token: 'PRINCIPAL_SOURCE_ACCESS_TOKEN',
  cert: 'PRINCIPAL_SOURCE_CERTIFICATE',
  oidc: 'PRINCIPAL_SOURCE_OIDC',
};
