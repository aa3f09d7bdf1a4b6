import type { PrincipalId } from '../access/principal.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { GrantRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { findGrant } from './find-grant.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';
import { type ListedGrant, listedGrant, listedGrants } from './listed-grant.ts';
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
    const grant = await findGrant({ keyId, grantId }, plane);
    const isWanted = grant !== undefined && (granteeId === undefined || grant.granteeId === granteeId);
    return { items: isWanted ? [await listedGrant(grant, plane)] : [], nextPageToken: '' };
  }
  const page = await listPage(
    list,
    { read: (after, limit) => plane.store.listGrants(keyId, { after, limit }, granteeId), cursor: (row: GrantRow) => row.grantId },
    plane,
  );
  return { ...page, items: await listedGrants(page.items, plane) };
}
