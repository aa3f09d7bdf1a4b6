import type { Key } from '../keys/key.ts';
import { decodeKey } from '../keyring/key-record.ts';
import type { RowSeal } from '../keyring/row-seal.ts';
import type { KeyRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';

/** A key of a list; without `key` when its record is not authentic. */
export interface ListedKey {
  readonly keyId: string;
  readonly key?: Key;
}

/** All keys, in the order of their ids. Throws INVALID_PAGE_TOKEN. */
export async function listKeys(order: PageOrder, plane: ControlPlane): Promise<ListPage<ListedKey>> {
  const page = await listPage(
    { call: 'ListKeys', filters: '', ...order },
    { read: (after, limit) => plane.store.listKeys({ after, limit }), cursor: (row: KeyRow) => row.keyId },
    plane,
  );
  return { ...page, items: page.items.map((row) => listedKey(row, plane.seal)) };
}

function listedKey(row: KeyRow, seal: RowSeal): ListedKey {
  const key = seal.openListed(row, decodeKey);
  return key === undefined ? { keyId: row.keyId } : { keyId: row.keyId, key };
}
