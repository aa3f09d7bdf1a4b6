import { type KeyState, keyState } from '../keys/key-state.ts';
import type { Key } from '../keys/key.ts';
import { type Tag, hasTags } from '../keys/tag.ts';
import { decodeKey } from '../keyring/key-record.ts';
import type { RowSeal } from '../keyring/row-seal.ts';
import type { KeyRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';
import { Turns } from './turns.ts';
import type { MayDescribe } from '../permission/may-describe.ts';

/** A key of a list; without `key` when its record is not authentic. */
export interface ListedKey {
  readonly keyId: string;
  readonly key?: Key;
}

export interface KeyFilters {
  /** In one of these states; empty: whatever their state. */
  readonly states: readonly KeyState[];
  /** With all of these tags. */
  readonly tags: readonly Tag[];
}

/**
 * Keys in the order of their ids; a page holds those of its keys that the caller may describe and the filters leave, and may be
 * short. A key whose record is not authentic passes no filter. Throws INVALID_PAGE_TOKEN.
 */
export async function listKeys(order: PageOrder & KeyFilters & MayDescribe, plane: ControlPlane): Promise<ListPage<ListedKey>> {
  const { states, tags } = order;
  const isFiltered = states.length > 0 || tags.length > 0;
  const page = await listPage(
    { call: 'ListKeys', filters: isFiltered ? JSON.stringify([states, tags]) : '', ...order },
    { read: (after, limit) => plane.store.listKeys({ after, limit }), cursor: (row: KeyRow) => row.keyId },
    plane,
  );
  const now = plane.clock.steadyNow();
  const items: ListedKey[] = [];
  const turns = new Turns();
  for (const row of page.items) {
    await turns.next();
    const listed = listedKey(row, plane.seal);
    const isWanted = !isFiltered || (listed.key !== undefined && passes(listed.key, order, now));
    if (isWanted && (await mayShow(listed, order))) items.push(listed);
  }
  return { ...page, items };
}

async function mayShow({ key }: ListedKey, { mayDescribe, mayDescribeAny }: MayDescribe): Promise<boolean> {
  return key === undefined ? mayDescribeAny() : mayDescribe(key);
}

function passes(key: Key, { states, tags }: KeyFilters, now: number): boolean {
  return (states.length === 0 || states.includes(keyState(key, now))) && hasTags(key, tags);
}

function listedKey(row: KeyRow, seal: RowSeal): ListedKey {
  const key = seal.openListed(row, decodeKey);
  return key === undefined ? { keyId: row.keyId } : { keyId: row.keyId, key };
}
