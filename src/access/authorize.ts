import type { AccessRequest } from './access-request.ts';
import { AttributeReads, compileAttribute, read } from './attributes.ts';
import { type CompiledPolicy, type CompiledStatement, applies } from './compile-policy.ts';
import type { DecidedBy, Decision } from './decision.ts';
import { type EncryptionContext, type Grant, covers, grantOperationOf, isWithin, mayRetire } from './grant.ts';

/** All that may allow or deny a request. */
export interface AccessSources {
  /** Of the key at stake; absent where no key is, but an alias or the account: there identity policies decide alone. */
  readonly keyPolicy?: CompiledPolicy;
  /** The caller's own and those of its groups. */
  readonly identityPolicies: readonly CompiledPolicy[];
  /** The caller's, for the key at stake; for kms:RetireGrant the one to be retired, and no other. */
  readonly grants: readonly Grant[];
  /** The change counter of the store that all of them were read at. */
  readonly counter: number;
}

/**
 * Decides as AWS does within one account. An explicit Deny wins over everything. Otherwise it takes one of: an Allow of the key
 * policy that names the caller; one that names the account, and an Allow of an identity policy (the account itself needs none);
 * a grant. A pure function: the same request, sources and time give the same decision.
 */
export function authorize(request: AccessRequest, sources: AccessSources): Decision {
  const reads = new AttributeReads();
  const denied = explicitDeny(request, sources, reads);
  const by = denied ?? whatAllows(request, sources, reads) ?? nothing;
  return { allowed: denied === undefined && by !== nothing, by, reads, validUntil: reads.validUntil, counter: sources.counter };
}

function explicitDeny(
  request: AccessRequest,
  { keyPolicy, identityPolicies }: AccessSources,
  reads: AttributeReads,
): DecidedBy | undefined {
  const ofKey = keyPolicy && firstThatApplies(keyPolicy.about(request.action).denies, request, reads);
  if (ofKey !== undefined) return ofKey.source;
  for (const policy of identityPolicies) {
    const statement = firstThatApplies(policy.about(request.action).denies, request, reads);
    if (statement !== undefined) return statement.source;
  }
  return undefined;
}

function whatAllows(request: AccessRequest, sources: AccessSources, reads: AttributeReads): DecidedBy | undefined {
  const { keyPolicy, identityPolicies, grants } = sources;
  if (keyPolicy === undefined) return isRoot(request) ? root : identityAllow(identityPolicies, request, reads);
  let trust: CompiledStatement | undefined;
  for (const statement of keyPolicy.about(request.action).allows) {
    const named = statement.names(request.caller);
    if (named === 'nobody' || (named === 'account' && trust !== undefined)) continue;
    if (!applies(statement, request, reads)) continue;
    if (named === 'caller') return statement.source;
    trust = statement;
  }
  return (trust && allowedByTrust(trust, identityPolicies, { request, reads })) ?? grantAllow(grants, request, reads);
}

/** What a key policy that trusts the account leaves to identity policies. */
function allowedByTrust(
  { source: trust }: CompiledStatement,
  identityPolicies: readonly CompiledPolicy[],
  { request, reads }: { readonly request: AccessRequest; readonly reads: AttributeReads },
): DecidedBy | undefined {
  const identity = isRoot(request) ? 'root' : identityAllow(identityPolicies, request, reads);
  return identity === undefined ? undefined : { kind: 'account-trust', trust, identity };
}

function identityAllow(policies: readonly CompiledPolicy[], request: AccessRequest, reads: AttributeReads) {
  for (const policy of policies) {
    const statement = firstThatApplies(policy.about(request.action).allows, request, reads);
    if (statement !== undefined) return statement.source;
  }
  return undefined;
}

function firstThatApplies(statements: readonly CompiledStatement[], request: AccessRequest, reads: AttributeReads) {
  for (const statement of statements) {
    if (statement.names(request.caller) !== 'nobody' && applies(statement, request, reads)) return statement;
  }
  return undefined;
}

function grantAllow(grants: readonly Grant[], request: AccessRequest, reads: AttributeReads): DecidedBy | undefined {
  const grant = grants.find((one) => grantAllows(one, request, reads));
  return grant && { kind: 'grant', grantId: grant.grantId };
}

/** Whether a grant on the key at stake allows a request. */
export function grantAllows(grant: Grant, request: AccessRequest, reads: AttributeReads): boolean {
  const { caller, action, newGrant } = request;
  const operation = grantOperationOf(action);
  if (operation === undefined) return false;
  if (operation === 'RetireGrant') return mayRetire(grant, caller.principalId);
  if (grant.granteeId !== caller.principalId || !covers(grant, operation, contextOf(request, reads))) return false;
  return operation !== 'CreateGrant' || (newGrant !== undefined && isWithin(newGrant, grant));
}

/** The encryption context, each read of which is noted. */
function contextOf(request: AccessRequest, reads: AttributeReads): EncryptionContext {
  return {
    keys: () => {
      const keys = read(contextKeys, request, reads) ?? [];
      return typeof keys === 'string' ? [keys] : keys;
    },
    valueOf: (key) => {
      const value = read(compileAttribute({ name: 'kms:EncryptionContext', parameter: key }), request, reads);
      return typeof value === 'string' ? value : undefined;
    },
  };
}

function isRoot({ caller }: AccessRequest): boolean {
  return caller.path === 'root';
}

const contextKeys = compileAttribute({ name: 'kms:EncryptionContextKeys', parameter: undefined });
const root: DecidedBy = { kind: 'root' };
const nothing: DecidedBy = { kind: 'nothing' };
