import type { PrincipalId } from '../access/principal.ts';
import type { KeyId } from '../keys/key-id.ts';
import { orUnavailable } from '../keyring/store-outage.ts';
import type { GrantRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';
import { type ListedGrant, listedGrants } from './listed-grant.ts';
import { parsePageToken } from './page-token.ts';

export interface GrantFilters {
  readonly keyId: KeyId;
  readonly grantId: string | undefined;
  readonly granteeId: PrincipalId | undefined;
}

type ListingPlane = Pick<ControlPlane, 'keyring' | 'store' | 'seal' | 'table' | 'domainKeyId' | 'principals'>;

/** A key's grants, all or those that the filters leave, in the order of their ids. Throws INVALID_PAGE_TOKEN. */
export async function listGrants(order: PageOrder & GrantFilters, plane: ListingPlane): Promise<ListPage<ListedGrant>> {
  const { keyId, grantId, granteeId } = order;
  const filters = [keyId, granteeId, grantId].filter((part) => part !== undefined).join(' ');
  const list = { call: 'ListGrants', filters, ...order };
  if (grantId !== undefined) {
    parsePageToken(list, order.pageToken, plane);
    const { value: row } = await orUnavailable(plane.store.readGrant(grantId));
    const isWanted = row?.keyId === keyId && (granteeId === undefined || row.granteeId === granteeId);
    return { items: isWanted ? await listedGrants([row], plane) : [], nextPageToken: '' };
  }
  const page = await listPage(
    list,
    { read: (after, limit) => plane.store.listGrants(keyId, { after, limit }, granteeId), cursor: (row: GrantRow) => row.grantId },
    plane,
  );
  return { ...page, items: await listedGrants(page.items, plane) };
}
