import type { ControlPlane } from '../control-plane/control-plane.ts';
import { createAlias } from '../control-plane/create-alias.ts';
import { deleteAlias } from '../control-plane/delete-alias.ts';
import { listAliases } from '../control-plane/list-aliases.ts';
import { updateAlias } from '../control-plane/update-alias.ts';
import type { ArnScope } from '../keys/arn.ts';
import { parseManagedKeyId, requireAliasName } from '../keys/key-reference.ts';
import type { KeyServiceMethods } from './key-service-methods.ts';
import { aliasListEntry } from './messages.ts';
import { parsePage } from './requests.ts';

export function aliasMethods(plane: ControlPlane, scope: ArnScope) {
  const target = (text: string) => parseManagedKeyId(text, 'target_key_id', scope);
  return {
    CreateAlias: async ({ alias_name, target_key_id }) => {
      await createAlias({ aliasName: requireAliasName(alias_name), targetKeyId: target(target_key_id) }, plane);
      return {};
    },
    UpdateAlias: async ({ alias_name, target_key_id }) => {
      await updateAlias({ aliasName: requireAliasName(alias_name), targetKeyId: target(target_key_id) }, plane);
      return {};
    },
    DeleteAlias: async ({ alias_name }) => {
      await deleteAlias(requireAliasName(alias_name), plane);
      return {};
    },
    ListAliases: async (request) => {
      const keyId = request.key_id === '' ? undefined : parseManagedKeyId(request.key_id, 'key_id', scope);
      const { items, nextPageToken } = await listAliases({ keyId, ...parsePage(request) }, plane);
      return { aliases: items.map((alias) => aliasListEntry(alias, scope)), next_page_token: nextPageToken };
    },
  } satisfies Partial<KeyServiceMethods>;
}
