import type { PolicyDocument } from '../access/policy-document.ts';
import { type PrincipalId, parsePrincipalArn } from '../access/principal.ts';
import { KmsError } from '../errors.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { Reading } from '../keyring/reading.ts';

/** Finds principals by their paths, those that are in no store too. */
export interface PrincipalFinder {
  readonly scope: ArnScope;
  /** Ids of the built-in ones, by path. */
  readonly builtIn: ReadonlyMap<string, PrincipalId>;
}

/**
 * The ids of the principals that a key policy names, fixed from now on: whoever gets a name later gets nothing with it. Throws
 * MALFORMED_POLICY for one that there is not.
 */
export async function bindPrincipals(
  { statements }: PolicyDocument,
  reading: Reading,
  finder: PrincipalFinder,
): Promise<readonly (readonly [arn: string, principalId: PrincipalId])[]> {
  const arns = new Set(statements.flatMap(({ principal }) => principal?.arns ?? []));
  const bound: [string, PrincipalId][] = [];
  for (const arn of arns) {
    const principalId = await principalIdOf(arn, reading, finder);
    if (principalId === undefined)
      throw new KmsError('MALFORMED_POLICY', `Principal: there is no ${arn}; make it first, or let it come once.`);
    bound.push([arn, principalId]);
  }
  return bound;
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
