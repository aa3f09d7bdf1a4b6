import { orUnavailable } from '../keyring/store-outage.ts';
import type { Snapshot } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { type ListIdentity, pageToken, parsePageToken } from './page-token.ts';

/** What a caller asks of a list. */
export interface PageOrder {
  /** At least 1. */
  readonly pageSize: number;
  /** '' for the first page. */
  readonly pageToken: string;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** '' at the end. */
  readonly nextPageToken: string;
}

/** One page of a list whose rows are in the order of their cursors. Reads one row more than the page has, to know the end. */
export async function listPage<Row>(
  list: ListIdentity & PageOrder,
  rows: { read: (after: string | undefined, limit: number) => Promise<Snapshot<readonly Row[]>>; cursor: (row: Row) => string },
  plane: Pick<ControlPlane, 'table' | 'domainKeyId'>,
): Promise<ListPage<Row>> {
  const after = parsePageToken(list, list.pageToken, plane);
  const { value: found } = await orUnavailable(rows.read(after, list.pageSize + 1));
  const items = found.slice(0, list.pageSize);
  const last = items.at(-1);
  const more = found.length > items.length && last !== undefined;
  return { items, nextPageToken: more ? pageToken(list, rows.cursor(last), plane) : '' };
}
