import type { ControlPlane } from '../control-plane/control-plane.ts';
import { listResourceTags } from '../control-plane/list-resource-tags.ts';
import { tagResource } from '../control-plane/tag-resource.ts';
import { untagResource } from '../control-plane/untag-resource.ts';
import type { ArnScope } from '../keys/arn.ts';
import { parseManagedKeyId } from '../keys/key-reference.ts';
import type { KeyServiceMethods } from './key-service-methods.ts';
import { parsePage, parseTagKeys, parseTagList } from './requests.ts';

export function tagMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKeyId(text, 'key_id', scope);
  return {
    TagResource: async ({ key_id, tags }) => {
      await tagResource({ keyId: managed(key_id), tags: parseTagList(tags, 1) }, plane);
      return {};
    },
    UntagResource: async ({ key_id, tag_keys }) => {
      await untagResource({ keyId: managed(key_id), tagKeys: parseTagKeys(tag_keys) }, plane);
      return {};
    },
    ListResourceTags: async (request) => {
      const { items, nextPageToken } = await listResourceTags({ keyId: managed(request.key_id), ...parsePage(request) }, plane);
      const tags = items.map(({ key, value }) => ({ tag_key: key, tag_value: value }));
      return { tags, next_page_token: nextPageToken };
    },
  } satisfies Partial<KeyServiceMethods>;
}
