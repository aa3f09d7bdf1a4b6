import { isDeepStrictEqual } from 'node:util';
import { type ContextPair, type Grant, type GrantConstraints, type GrantScope, requireShallow } from '../access/grant.ts';
import type { PrincipalId } from '../access/principal.ts';
import { KmsError } from '../errors.ts';
import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { Decision } from '../keyring/keyring.ts';
import type { Reading } from '../keyring/reading.ts';
import { type PrincipalFinder, principalIdOf } from './bind-principals.ts';
import type { ControlPlane } from './control-plane.ts';
import { unlessDryRun } from './unless-dry-run.ts';

export interface GrantOrder {
  readonly keyId: KeyId;
  readonly granteeArn: string;
  readonly retiringArn: string | undefined;
  readonly scope: GrantScope;
  readonly name: string | undefined;
  readonly issuedBy: PrincipalId;
  /** The grant that allows the issuer to create this one; absent when a policy does. */
  readonly parentGrantId: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Allows a principal some operations with a key. The same order again, with a name, answers with the grant that there is. Throws
 * NO_SUCH_ENTITY, LIMIT_EXCEEDED, DRY_RUN.
 */
export async function createGrant(
  order: GrantOrder,
  plane: Pick<ControlPlane, 'keyring' | 'principals' | GrantSources>,
): Promise<Grant> {
  return plane.keyring.change(async (reading) => {
    const key = await reading.key(order.keyId);
    requireState(key, 'create-grant', plane.clock.steadyNow());
    const grant = await newGrant(order, reading, plane);
    return unlessDryRun(order, await decide(grant, reading));
  });
}

type GrantSources = 'clock' | 'newGrantId';

async function newGrant(
  order: GrantOrder,
  reading: Reading,
  plane: Pick<ControlPlane, 'principals' | GrantSources>,
): Promise<Grant> {
  const { keyId, granteeArn, retiringArn, scope, name, issuedBy, parentGrantId } = order;
  const finder = plane.principals;
  return {
    grantId: plane.newGrantId(),
    keyId,
    granteeId: await existing('grantee_principal', granteeArn, { reading, finder }),
    granteeArn,
    ...(retiringArn !== undefined && {
      retiringId: await existing('retiring_principal', retiringArn, { reading, finder }),
      retiringArn,
    }),
    ...inOneOrder(scope),
    ...(name !== undefined && { name }),
    createdAt: plane.clock.now(),
    issuedBy,
    ...(parentGrantId !== undefined && { parentGrantId }),
  };
}

/** What the grant binds to: whoever is given the name later is somebody else. */
async function existing(
  field: string,
  arn: string,
  { reading, finder }: { readonly reading: Reading; readonly finder: PrincipalFinder },
): Promise<PrincipalId> {
  const principalId = await principalIdOf(arn, reading, finder);
  if (principalId !== undefined) return principalId;
  throw new KmsError('NO_SUCH_ENTITY', `${field}: there is no ${arn}; make it first, or let it come once.`);
}

async function decide(grant: Grant, reading: Reading): Promise<Decision<Grant>> {
  const { keyId, granteeId, name } = grant;
  const namesakes = name === undefined ? [] : await reading.grantsNamed(name, granteeId, keyId);
  const same = namesakes.find((other) => isDeepStrictEqual(orderedOf(other), orderedOf(grant)));
  if (same !== undefined) return { answer: same };
  if ((await reading.grantCount(keyId)) >= maxGrantsPerKey) throw tooMany(keyId);
  if ((await reading.grantCountTo(granteeId, keyId, maxGrantsPerGrantee)) >= maxGrantsPerGrantee) throw tooManyTo(grant);
  if (grant.parentGrantId !== undefined) await requireShallowUnder(grant.parentGrantId, reading);
  return { change: { insertGrant: grant }, answer: grant };
}

/** What somebody ordered, without what the order was made of it: by whom it was allowed does not matter, but who ordered it does. */
function orderedOf(grant: Grant): Partial<Grant> {
  const { granteeId, retiringId, operations, constraints, issuedBy } = grant;
  return {
    granteeId,
    ...(retiringId && { retiringId }),
    ...inOneOrder({ operations, ...(constraints && { constraints }) }),
    issuedBy,
  };
}

/** Equal scopes read alike: their order is no matter. */
function inOneOrder({ operations, constraints }: GrantScope): GrantScope {
  return { operations: operations.toSorted(), ...(constraints && { constraints: sortedConstraints(constraints) }) };
}

function sortedConstraints({ encryptionContextEquals, encryptionContextSubset }: GrantConstraints): GrantConstraints {
  return {
    ...(encryptionContextEquals && { encryptionContextEquals: sortedPairs(encryptionContextEquals) }),
    ...(encryptionContextSubset && { encryptionContextSubset: sortedPairs(encryptionContextSubset) }),
  };
}

function sortedPairs(pairs: readonly ContextPair[]): readonly ContextPair[] {
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function requireShallowUnder(parentGrantId: string, reading: Reading): Promise<void> {
  const chain = new Map<string, Grant>();
  for (let next: string | undefined = parentGrantId; next !== undefined;) {
    const grant = await reading.findGrant(next);
    if (grant !== undefined) chain.set(next, grant);
    next = grant?.parentGrantId;
  }
  const parent = chain.get(parentGrantId);
  if (parent === undefined)
    throw new KmsError('CONFLICT', `Grant ${parentGrantId}, by which the caller may create grants, has ended just now.`);
  requireShallow(parent, (grantId) => chain.get(grantId));
}

function tooMany(keyId: KeyId): KmsError {
  return new KmsError(
    'LIMIT_EXCEEDED',
    `Key ${keyId} has ${maxGrantsPerKey} grants, which is the most: retire or revoke some first.`,
  );
}

function tooManyTo({ keyId, granteeArn }: Grant): KmsError {
  return new KmsError(
    'LIMIT_EXCEEDED',
    `${granteeArn} has ${maxGrantsPerGrantee} grants of key ${keyId}, which is the most: retire or revoke some first.`,
  );
}

/** As AWS KMS. */
const maxGrantsPerKey = 50_000;
/** Those of a key to one principal are read together, and each may be looked at in a decision. */
const maxGrantsPerGrantee = 500;
