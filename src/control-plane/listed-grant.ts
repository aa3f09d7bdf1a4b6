import type { Grant } from '../access/grant.ts';
import { type PrincipalId, principalArn } from '../access/principal.ts';
import { decodeGrant } from '../keyring/grant-record.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import { RefusedRecord } from '../keyring/refused-record.ts';
import type { GrantRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';

/** A grant of a list; without `grant` when its record is not authentic. */
export interface ListedGrant {
  readonly grantId: string;
  readonly grant?: Grant;
  /** Who created it; absent when that cannot be read. */
  readonly issuerArn?: string;
}

export async function listedGrants(
  rows: readonly GrantRow[],
  plane: NamingPlane & Pick<ControlPlane, 'seal'>,
): Promise<readonly ListedGrant[]> {
  const listed: ListedGrant[] = [];
  for (const row of rows) {
    const grant = plane.seal.openListed(row, decodeGrant);
    listed.push(grant === undefined ? { grantId: row.grantId } : await listedGrant(grant, plane));
  }
  return listed;
}

async function listedGrant(grant: Grant, plane: NamingPlane): Promise<ListedGrant> {
  const issuerArn = await arnOf(grant.issuedBy, plane);
  return { grantId: grant.grantId, grant, ...(issuerArn !== undefined && { issuerArn }) };
}

/** Also of a principal that is deleted: its name is never given to another. */
async function arnOf(principalId: PrincipalId, { keyring, principals }: NamingPlane): Promise<string | undefined> {
  const builtIn = [...principals.builtIn].find(([, id]) => id === principalId);
  if (builtIn !== undefined) return principalArn(principals.scope, builtIn[0]);
  const look = () => keyring.directory.principal(principalId);
  try {
    const found = look();
    return (found instanceof Missing ? await untilLoaded(found, look, () => undefined) : found)?.arn;
  } catch (error) {
    // A record that is not authentic hides one name, and no grants.
    if (error instanceof RefusedRecord) return undefined;
    throw error;
  }
}

type NamingPlane = Pick<ControlPlane, 'keyring' | 'principals'>;
