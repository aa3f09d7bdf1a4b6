import type { Alias } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import { decodeAlias } from '../keyring/alias-record.ts';
import type { RowSeal } from '../keyring/row-seal.ts';
import type { AliasRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';

/** An alias of a list; without `alias` when its record is not authentic. */
export interface ListedAlias {
  readonly aliasName: string;
  readonly alias?: Alias;
}

/** Aliases, of one key or all, in the order of their names. Throws KEY_NOT_FOUND, INVALID_PAGE_TOKEN. */
export async function listAliases(
  order: PageOrder & { keyId: KeyId | undefined },
  plane: ControlPlane,
): Promise<ListPage<ListedAlias>> {
  const { keyId } = order;
  if (keyId !== undefined) await findKey({ kind: 'key', keyId }, plane);
  const page = await listPage(
    { call: 'ListAliases', filters: keyId ?? '', ...order },
    { read: (after, limit) => plane.store.listAliases({ after, limit }, keyId), cursor: (row: AliasRow) => row.aliasName },
    plane,
  );
  return { ...page, items: page.items.map((row) => listedAlias(row, plane.seal)) };
}

function listedAlias(row: AliasRow, seal: RowSeal): ListedAlias {
  const alias = seal.openListed(row, decodeAlias);
  return alias === undefined ? { aliasName: row.aliasName } : { aliasName: row.aliasName, alias };
}
