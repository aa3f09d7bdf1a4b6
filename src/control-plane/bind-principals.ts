import type { NamedPrincipal } from '../access/policy-findings.ts';
import { type PrincipalId, parsePrincipalArn } from '../access/principal.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { Reading } from '../keyring/reading.ts';

/** Finds principals by their paths, those that are in no store too. */
export interface PrincipalFinder {
  readonly scope: ArnScope;
  /** Ids of the built-in ones, by path. */
  readonly builtIn: ReadonlyMap<string, PrincipalId>;
}

/** The principals that a key policy names: the ids of those that there are, and where it names others. */
export interface BoundPrincipals {
  /** Fixed from now on: whoever gets a name later gets nothing with it. */
  readonly bound: readonly (readonly [arn: string, principalId: PrincipalId])[];
  readonly absent: readonly NamedPrincipal[];
}

export async function bindPrincipals(
  named: readonly NamedPrincipal[],
  reading: Reading,
  finder: PrincipalFinder,
): Promise<BoundPrincipals> {
  const ids = new Map<string, PrincipalId>();
  for (const arn of new Set(named.map((one) => one.arn))) {
    const principalId = await principalIdOf(arn, reading, finder);
    if (principalId !== undefined) ids.set(arn, principalId);
  }
  return { bound: [...ids], absent: named.filter(({ arn }) => !ids.has(arn)) };
}

/** `undefined` when there is no such principal, or not any more. */
export async function principalIdOf(
  arn: string,
  reading: Reading,
  { scope, builtIn }: PrincipalFinder,
): Promise<PrincipalId | undefined> {
  const path = parsePrincipalArn(arn, scope);
  if (path === undefined) return undefined;
  const known = builtIn.get(path);
  if (known !== undefined) return known;
  const principal = await reading.findPrincipalByPath(path);
  return principal === undefined || principal.deletedAt !== undefined ? undefined : principal.principalId;
}
