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

/** In the order of paths. Deleted ones are left out, so that a page may be short. Throws INVALID_PAGE_TOKEN. */
export async function listPrincipals(
  order: PageOrder,
  plane: Pick<ControlPlane, 'store' | 'seal' | 'table' | 'domainKeyId'>,
): Promise<ListPage<ListedPrincipal>> {
  const page = await listPage(
    { call: 'ListPrincipals', filters: '', ...order },
    { read: (after, limit) => plane.store.listPrincipals({ after, limit }), cursor: (row: PrincipalRow) => row.path },
    plane,
  );
  const listed = page.items.map((row) => listedPrincipal(row, plane.seal));
  return { ...page, items: listed.filter(({ principal }) => principal?.deletedAt === undefined) };
}

function listedPrincipal(row: PrincipalRow, seal: RowSeal): ListedPrincipal {
  const { principalId, path } = row;
  const principal = seal.openListed(row, decodePrincipal);
  return principal === undefined ? { principalId, path } : { principalId, path, principal };
}
