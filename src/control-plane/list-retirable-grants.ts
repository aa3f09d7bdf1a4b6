import type { PrincipalId } from '../access/principal.ts';
import type { GrantRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';
import { type ListedGrant, listedGrants } from './listed-grant.ts';

type ListingPlane = Pick<ControlPlane, 'keyring' | 'store' | 'seal' | 'table' | 'domainKeyId' | 'principals'>;

/** Grants of all keys whose retiring principal this is, in the order of their ids. Throws INVALID_PAGE_TOKEN. */
export async function listRetirableGrants(
  order: PageOrder & { readonly retiringId: PrincipalId },
  plane: ListingPlane,
): Promise<ListPage<ListedGrant>> {
  const { retiringId } = order;
  const page = await listPage(
    { call: 'ListRetirableGrants', filters: retiringId, ...order },
    {
      read: (after, limit) => plane.store.listGrantsToRetire(retiringId, { after, limit }),
      cursor: (row: GrantRow) => row.grantId,
    },
    plane,
  );
  return { ...page, items: await listedGrants(page.items, plane) };
}
