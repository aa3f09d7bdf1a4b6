import type { AccessToken } from '../../access/access-token.ts';
import type { PrincipalId } from '../../access/principal.ts';
import { decodeAccessToken } from '../../keyring/access-token-record.ts';
import type { RowSeal } from '../../keyring/row-seal.ts';
import type { AccessTokenRow } from '../../storage/store.ts';
import type { ControlPlane } from '../control-plane.ts';
import { type ListPage, type PageOrder, listPage } from '../list-page.ts';

/** An access token of a list; without `token` when its record is not authentic. */
export interface ListedAccessToken {
  readonly tokenId: string;
  readonly token?: AccessToken;
}

/** A principal's tokens in the order of their ids; expired and revoked ones until the next one is made. Throws INVALID_PAGE_TOKEN. */
export async function listAccessTokens(
  order: PageOrder & { readonly principalId: PrincipalId },
  plane: Pick<ControlPlane, 'store' | 'seal' | 'table' | 'domainKeyId'>,
): Promise<ListPage<ListedAccessToken>> {
  const { principalId } = order;
  const page = await listPage(
    { call: 'ListAccessTokens', filters: principalId, ...order },
    {
      read: (after, limit) => plane.store.listAccessTokens(principalId, { after, limit }),
      cursor: (row: AccessTokenRow) => row.tokenId,
    },
    plane,
  );
  return { ...page, items: page.items.map((row) => listedToken(row, plane.seal)) };
}

function listedToken(row: AccessTokenRow, seal: RowSeal): ListedAccessToken {
  const token = seal.openListed(row, decodeAccessToken);
  return token === undefined ? { tokenId: row.tokenId } : { tokenId: row.tokenId, token };
}
