import type { AccessRequest } from '../../src/access/access-request.ts';
import type { ActionName } from '../../src/access/actions.ts';
import type { AccessSources } from '../../src/access/authorize.ts';
import { type CompiledPolicy, compileIdentityPolicy, compileKeyPolicy } from '../../src/access/compile-policy.ts';
import { conditionKeyText } from '../../src/access/condition-keys.ts';
import type { Grant, GrantConstraints, GrantOperation, GrantScope } from '../../src/access/grant.ts';
import { parsePolicy } from '../../src/access/parse-policy.ts';
import type { PolicyDocument } from '../../src/access/policy-document.ts';
import { type PrincipalId, parsePrincipalId } from '../../src/access/principal.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import {
  type Attributes,
  type CallerName,
  type GrantSketch,
  type ScopeSketch,
  type Situation,
  type StatementJson,
  account,
  alice,
  allow,
  arnOf,
  callers,
  key,
  wholeAccount,
} from './decisions/row.ts';
import type { ReferenceCase, ReferenceGrant } from './reference-evaluator.ts';

/** A situation with everything that was left out, and its policies as JSON. */
export interface Case {
  readonly caller: CallerName;
  readonly action: string;
  readonly resource: string;
  readonly attributes: Attributes;
  readonly now: number;
  readonly keyPolicy: string | undefined;
  readonly identityPolicies: readonly string[];
  readonly grants: readonly GrantSketch[];
  readonly newGrant: ScopeSketch | undefined;
}

export function caseOf(situation: Situation): Case {
  const { caller = 'alice', resource = key, version = '2012-10-17', identity = [] } = situation;
  const { keyPolicy = [allow({ Principal: wholeAccount, Action: 'kms:*' })] } = situation;
  const isKey = resource.includes(':key/');
  return {
    caller,
    action: situation.action ?? 'kms:Encrypt',
    resource,
    attributes: situation.attributes ?? {},
    now: Date.parse(situation.now ?? '2027-03-01T12:00:00Z'),
    keyPolicy: isKey ? documentOf(keyPolicy.map(withPrincipal), version) : undefined,
    identityPolicies: identity.map((statements) => documentOf(statements, version)),
    grants: isKey ? (situation.grants ?? []) : [],
    newGrant: situation.newGrant,
  };
}

/** What src/access is asked. */
export function requestOf({ caller, action, resource, attributes, now, newGrant }: Case): AccessRequest {
  const { id, path, tags } = callers[caller];
  return {
    caller: {
      principalId: principalId(id),
      arn: arnOf(path),
      account,
      path,
      tags: Object.entries(tags).map(([tag, value]) => ({ key: tag, value })),
    },
    action: action as ActionName,
    resource,
    attributes: (name, parameter) => {
      const text = conditionKeyText({ kind: 'known', name, parameter });
      return Object.hasOwn(attributes, text) ? attributes[text] : undefined;
    },
    now,
    ...(newGrant && { newGrant: scopeOf(newGrant) }),
  };
}

/** What src/access decides by. */
export function sourcesOf({ keyPolicy, identityPolicies, grants, caller }: Case): AccessSources {
  return {
    ...(keyPolicy !== undefined && { keyPolicy: compiledKeyPolicy(keyPolicy) }),
    identityPolicies: identityPolicies.map((text, index) => compiledIdentityPolicy(text, `policy-${index}`)),
    grants: grants.map((grant, index) => grantOf(grant, index, caller)),
    counter: 1,
  };
}

/** What the reference evaluator is asked. */
export function referenceCaseOf(one: Case): ReferenceCase {
  const { id, path, tags } = callers[one.caller];
  return {
    ...one,
    caller: { id, account, path, tags },
    principalIds: Object.fromEntries(Object.values(callers).map((caller) => [arnOf(caller.path), caller.id])),
    grants: one.grants.map(({ grantee, retiring, ...scope }): ReferenceGrant => {
      return { ...scope, grantee: callers[grantee].id, ...(retiring && { retiring: callers[retiring].id }) };
    }),
  };
}

export function compiledKeyPolicy(text: string): CompiledPolicy {
  return compileKeyPolicy(parsed(text, 'key'), bindings);
}

export function compiledIdentityPolicy(text: string, name: string): CompiledPolicy {
  return compileIdentityPolicy(parsed(text, 'identity'), { kind: 'identity-policy', name, owner: { kind: 'principal' } });
}

/** Throws what is wrong with it. */
export function parsed(text: string, kind: 'key' | 'identity'): PolicyDocument {
  const policy = parsePolicy(text, { kind, scope: { partition: 'aws', region: 'us-east-1', account } });
  if (policy.problems !== undefined)
    throw new Error(`${policy.problems.map(({ path, message }) => `${path} ${message}`).join('\n')}\n${text}`);
  return policy.document;
}

export function documentOf(statements: readonly StatementJson[], version = '2012-10-17'): string {
  return JSON.stringify({ Version: version, Statement: statements });
}

function withPrincipal(statement: StatementJson): StatementJson {
  return 'Principal' in statement || 'NotPrincipal' in statement ? statement : { ...statement, Principal: { AWS: alice } };
}

export function grantOf({ grantee, retiring, ...scope }: GrantSketch, index: number, issuer: CallerName): Grant {
  const keyId = parseKeyId(key.slice(-36));
  if (keyId === undefined) throw new Error(`${key} is not the ARN of a key.`);
  return {
    ...scopeOf(scope),
    grantId: String(index).padStart(64, '0'),
    keyId,
    granteeId: principalId(callers[grantee].id),
    granteeArn: arnOf(callers[grantee].path),
    ...(retiring && { retiringId: principalId(callers[retiring].id), retiringArn: arnOf(callers[retiring].path) }),
    createdAt: 0,
    issuedBy: principalId(callers[issuer].id),
  };
}

function scopeOf({ operations, equals, subset }: ScopeSketch): GrantScope {
  const constraints: GrantConstraints = {
    ...(equals && { encryptionContextEquals: Object.entries(equals) }),
    ...(subset && { encryptionContextSubset: Object.entries(subset) }),
  };
  return { operations: operations as GrantOperation[], ...(Object.keys(constraints).length > 0 && { constraints }) };
}

function principalId(text: string): PrincipalId {
  const id = parsePrincipalId(text);
  if (id === undefined) throw new Error(`${text} is not the id of a principal.`);
  return id;
}

const bindings = new Map(Object.values(callers).map(({ id, path }) => [arnOf(path), principalId(id)] as const));
