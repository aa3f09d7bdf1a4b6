import type { KeyId } from '../keys/key-id.ts';
import type { Tag } from '../keys/tag.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';
import type { ListPage, PageOrder } from './list-page.ts';
import { pageToken, parsePageToken } from './page-token.ts';

/** A key's tags, in the order of their keys' bytes. Throws KEY_NOT_FOUND, INVALID_PAGE_TOKEN. */
export async function listResourceTags(order: PageOrder & { keyId: KeyId }, plane: ControlPlane): Promise<ListPage<Tag>> {
  const { keyId, pageSize } = order;
  const list = { call: 'ListResourceTags', filters: keyId };
  const after = parsePageToken(list, order.pageToken, plane);
  const { key } = await findKey({ kind: 'key', keyId }, plane);
  const rest = (key.tags ?? []).filter(
    (tag) => after === undefined || Buffer.compare(Buffer.from(tag.key), Buffer.from(after)) > 0,
  );
  const items = rest.slice(0, pageSize);
  const last = items.at(-1);
  return { items, nextPageToken: rest.length > items.length && last !== undefined ? pageToken(list, last.key, plane) : '' };
}
