import type { Principal } from '../../access/principal.ts';
import { decodePrincipal } from '../../keyring/principal-record.ts';
import type { RowSeal } from '../../keyring/row-seal.ts';
import type { PrincipalRow } from '../../storage/store.ts';
import type { ControlPlane } from '../control-plane.ts';
import { type ListPage, type PageOrder, listPage } from '../list-page.ts';

/** A principal of a list; without `principal` when its record is not authentic. */
export interface ListedPrincipal {
  readonly principalId: string;
  readonly path: string;
  readonly principal?: Principal;
}

export interface PrincipalFilters {
  /** Members of this group; '' for all principals. */
  readonly groupName: string;
}

/**
 * In the order of paths. Deleted ones are left out, and those that the filter does not let pass, so that a page may be short. A
 * principal whose record is not authentic passes no filter. Throws INVALID_PAGE_TOKEN.
 */
export async function listPrincipals(
  order: PageOrder & PrincipalFilters,
  plane: Pick<ControlPlane, 'store' | 'seal' | 'table' | 'domainKeyId'>,
): Promise<ListPage<ListedPrincipal>> {
  const page = await listPage(
    { call: 'ListPrincipals', filters: order.groupName, ...order },
    { read: (after, limit) => plane.store.listPrincipals({ after, limit }), cursor: (row: PrincipalRow) => row.path },
    plane,
  );
  const listed = page.items.map((row) => listedPrincipal(row, plane.seal));
  return { ...page, items: listed.filter(({ principal }) => principal?.deletedAt === undefined && passes(principal, order)) };
}

function passes(principal: Principal | undefined, { groupName }: PrincipalFilters): boolean {
  return groupName === '' || principal?.groups?.includes(groupName) === true;
}

function listedPrincipal(row: PrincipalRow, seal: RowSeal): ListedPrincipal {
  const { principalId, path } = row;
  const principal = seal.openListed(row, decodePrincipal);
  return principal === undefined ? { principalId, path } : { principalId, path, principal };
}
