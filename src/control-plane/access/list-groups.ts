import type { Group } from '../../access/group.ts';
import { decodeGroup } from '../../keyring/group-record.ts';
import type { RowSeal } from '../../keyring/row-seal.ts';
import type { GroupRow } from '../../storage/store.ts';
import type { ControlPlane } from '../control-plane.ts';
import { type ListPage, type PageOrder, listPage } from '../list-page.ts';

/** A group of a list; without `group` when its record is not authentic. */
export interface ListedGroup {
  readonly name: string;
  readonly group?: Group;
}

/** In the order of names. Throws INVALID_PAGE_TOKEN. */
export async function listGroups(
  order: PageOrder,
  plane: Pick<ControlPlane, 'store' | 'seal' | 'table' | 'domainKeyId'>,
): Promise<ListPage<ListedGroup>> {
  const page = await listPage(
    { call: 'ListGroups', filters: '', ...order },
    { read: (after, limit) => plane.store.listGroups({ after, limit }), cursor: (row: GroupRow) => row.groupName },
    plane,
  );
  return { ...page, items: page.items.map((row) => listedGroup(row, plane.seal)) };
}

function listedGroup(row: GroupRow, seal: RowSeal): ListedGroup {
  const group = seal.openListed(row, decodeGroup);
  return group === undefined ? { name: row.groupName } : { name: row.groupName, group };
}
