import type { Latchkey } from '../client/connect.ts';
import type { AliasListEntry__Output } from '../generated/latchkey/v1/AliasListEntry.ts';
import type { Tag__Output } from '../generated/latchkey/v1/Tag.ts';
import { allPages } from './server-call.ts';

/** All aliases of a key, which is named by key id or key ARN. */
export async function aliasesOf(latchkey: Pick<Latchkey, 'keys'>, key: string): Promise<AliasListEntry__Output[]> {
  const { items } = await allPages(undefined, async (page) => {
    const response = await latchkey.keys.listAliases({ key_id: key, ...page });
    return { items: response.aliases, next_page_token: response.next_page_token };
  });
  return items;
}

/** All tags of a key, which is named by key id or key ARN. */
export async function tagsOfKey(latchkey: Pick<Latchkey, 'keys'>, key: string): Promise<Tag__Output[]> {
  const { items } = await allPages(undefined, async (page) => {
    const response = await latchkey.keys.listResourceTags({ key_id: key, ...page });
    return { items: response.tags, next_page_token: response.next_page_token };
  });
  return items;
}
