import type { KeyId } from '../keys/key-id.ts';
import type { ControlPlane } from './control-plane.ts';
import type { ListPage, PageOrder } from './list-page.ts';
import { parsePageToken } from './page-token.ts';
import { keyPolicyName } from './put-key-policy.ts';

/** The names of a key's policies: one, which never fills a page, so that no page token of this list is ever made. Throws INVALID_PAGE_TOKEN. */
export function listKeyPolicies(
  { keyId, pageToken }: PageOrder & { keyId: KeyId },
  plane: Pick<ControlPlane, 'table'>,
): ListPage<string> {
  parsePageToken({ call: 'ListKeyPolicies', filters: keyId }, pageToken, plane);
  return { items: [keyPolicyName], nextPageToken: '' };
}
