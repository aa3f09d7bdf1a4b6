import { accessLimits } from '../../access/access-limits.ts';
import { KmsError } from '../../errors.ts';
import type { Reading } from '../../keyring/reading.ts';

/** Throws LIMIT_EXCEEDED when there cannot be another principal. */
export async function requireFewPrincipals(reading: Pick<Reading, 'principalCount'>): Promise<void> {
  if ((await reading.principalCount()) < accessLimits.principals) return;
  throw new KmsError(
    'LIMIT_EXCEEDED',
    `There are ${accessLimits.principals} principals, deleted ones counted, which is the most that a server has.`,
  );
}

/** Throws LIMIT_EXCEEDED when there cannot be another group. */
export async function requireFewGroups(reading: Pick<Reading, 'groupCount'>): Promise<void> {
  if ((await reading.groupCount()) < accessLimits.groups) return;
  throw new KmsError('LIMIT_EXCEEDED', `There are ${accessLimits.groups} groups, which is the most; delete one that nobody needs.`);
}
