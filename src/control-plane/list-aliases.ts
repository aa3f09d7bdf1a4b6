import { KmsError } from '../errors.ts';
import type { Alias } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { Key } from '../keys/key.ts';
import { decodeAlias } from '../keyring/alias-record.ts';
import { RefusedRecord } from '../keyring/refused-record.ts';
import type { RowSeal } from '../keyring/row-seal.ts';
import type { AliasRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';
import { Turns } from './turns.ts';
import type { MayDescribe } from '../permission/may-describe.ts';

/** An alias of a list; without `alias` when its record is not authentic. */
export interface ListedAlias {
  readonly aliasName: string;
  readonly alias?: Alias;
}

/**
 * Aliases, of one key or all, in the order of their names; of a page those whose keys the caller may describe. Throws KEY_NOT_FOUND,
 * INVALID_PAGE_TOKEN.
 */
export async function listAliases(
  order: PageOrder & { keyId: KeyId | undefined } & MayDescribe,
  plane: ControlPlane,
): Promise<ListPage<ListedAlias>> {
  const { keyId } = order;
  if (keyId !== undefined) await findKey({ kind: 'key', keyId }, plane);
  const page = await listPage(
    { call: 'ListAliases', filters: keyId ?? '', ...order },
    { read: (after, limit) => plane.store.listAliases({ after, limit }, keyId), cursor: (row: AliasRow) => row.aliasName },
    plane,
  );
  const items: ListedAlias[] = [];
  const turns = new Turns();
  for (const row of page.items) {
    await turns.next();
    const listed = listedAlias(row, plane.seal);
    if (await mayShow(listed, order, plane)) items.push(listed);
  }
  return { ...page, items };
}

async function mayShow(
  { alias }: ListedAlias,
  { mayDescribe, mayDescribeAny }: MayDescribe,
  plane: ControlPlane,
): Promise<boolean> {
  if (alias === undefined) return mayDescribeAny();
  const key = await keyOf(alias, plane);
  return key === undefined ? mayDescribeAny() : mayDescribe(key);
}

/** `undefined` when the key's record is not authentic, or the key is gone since the alias was read. */
async function keyOf({ keyId }: Alias, plane: ControlPlane): Promise<Key | undefined> {
  try {
    const { key } = await findKey({ kind: 'key', keyId }, plane);
    return key;
  } catch (error) {
    if (error instanceof RefusedRecord || (error instanceof KmsError && goneReasons.includes(error.reason))) return undefined;
    throw error;
  }
}

function listedAlias(row: AliasRow, seal: RowSeal): ListedAlias {
  const alias = seal.openListed(row, decodeAlias);
  return alias === undefined ? { aliasName: row.aliasName } : { aliasName: row.aliasName, alias };
}

const goneReasons: readonly string[] = ['KEY_NOT_FOUND', 'KEY_DESTROYED'];
