import type { ControlPlane } from '../control-plane/control-plane.ts';
import { listResourceTags } from '../control-plane/list-resource-tags.ts';
import { tagResource } from '../control-plane/tag-resource.ts';
import { untagResource } from '../control-plane/untag-resource.ts';
import type { ArnScope } from '../keys/arn.ts';
import { parseManagedKey } from '../keys/key-reference.ts';
import type { KeyServiceMethods } from './service-methods.ts';
import { parsePage, parseTagKeys, parseTagList } from './requests.ts';

export function tagMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKey(text, 'key_id', scope);
  return {
    TagResource: async (request, { permission }) => {
      const tags = parseTagList(request.tags, 1);
      const { keyId } = await permission.managedKey('kms:TagResource', managed(request.key_id), { tags });
      await tagResource({ keyId, tags }, plane);
      return {};
    },
    UntagResource: async ({ key_id, tag_keys }, { permission }) => {
      const tagKeys = parseTagKeys(tag_keys);
      const { keyId } = await permission.managedKey('kms:UntagResource', managed(key_id), { tagKeys });
      await untagResource({ keyId, tagKeys }, plane);
      return {};
    },
    ListResourceTags: async (request, { permission }) => {
      const page = parsePage(request);
      const { keyId } = await permission.managedKey('kms:ListResourceTags', managed(request.key_id));
      const { items, nextPageToken } = await listResourceTags({ keyId, ...page }, plane);
      const tags = items.map(({ key, value }) => ({ tag_key: key, tag_value: value }));
      return { tags, next_page_token: nextPageToken };
    },
  } satisfies Partial<KeyServiceMethods>;
}
