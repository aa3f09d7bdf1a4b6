import type { ControlPlane } from '../control-plane/control-plane.ts';
import { createAlias } from '../control-plane/create-alias.ts';
import { deleteAlias } from '../control-plane/delete-alias.ts';
import { listAliases } from '../control-plane/list-aliases.ts';
import { updateAlias } from '../control-plane/update-alias.ts';
import type { ArnScope } from '../keys/arn.ts';
import { type AliasName, refuseReserved } from '../keys/alias.ts';
import { parseManagedKey, requireAliasName } from '../keys/key-reference.ts';
import type { KeyServiceMethods } from './service-methods.ts';
import { aliasListEntry } from './messages.ts';
import { parsePage } from './requests.ts';

export function aliasMethods(plane: ControlPlane, scope: ArnScope) {
  const target = (text: string) => parseManagedKey(text, 'target_key_id', scope);
  return {
    CreateAlias: async ({ alias_name, target_key_id }, { permission }) => {
      const requestAlias = ownAlias(alias_name);
      permission.onAlias('kms:CreateAlias', requestAlias);
      const { keyId } = await permission.managedKey('kms:CreateAlias', target(target_key_id), { requestAlias });
      await createAlias({ aliasName: requestAlias, targetKeyId: keyId }, plane);
      return {};
    },
    UpdateAlias: async ({ alias_name, target_key_id }, { permission }) => {
      const requestAlias = ownAlias(alias_name);
      permission.onAlias('kms:UpdateAlias', requestAlias);
      const to = await permission.managedKey('kms:UpdateAlias', target(target_key_id), { requestAlias });
      const from = await permission.managedKey('kms:UpdateAlias', { kind: 'alias', aliasName: requestAlias }, { requestAlias });
      await updateAlias({ aliasName: requestAlias, fromKeyId: from.keyId, targetKeyId: to.keyId }, plane);
      return {};
    },
    DeleteAlias: async ({ alias_name }, { permission }) => {
      const requestAlias = ownAlias(alias_name);
      permission.onAlias('kms:DeleteAlias', requestAlias);
      const fromKeyId = await permission.keyOfAlias('kms:DeleteAlias', requestAlias);
      await deleteAlias({ aliasName: requestAlias, fromKeyId }, plane);
      return {};
    },
    ListAliases: async (request, { permission }) => {
      const page = parsePage(request);
      permission.onAccount('kms:ListAliases');
      const of = request.key_id === '' ? undefined : parseManagedKey(request.key_id, 'key_id', scope);
      // As DescribeKey answers about the key, so does its list of aliases.
      const keyId = of && (await permission.managedKey('kms:DescribeKey', of)).keyId;
      const { items, nextPageToken } = await listAliases({ keyId, ...page, ...permission.forLists() }, plane);
      return { aliases: items.map((alias) => aliasListEntry(alias, scope)), next_page_token: nextPageToken };
    },
  } satisfies Partial<KeyServiceMethods>;
}

/** The name of an alias that may be made, moved or removed: what is no such name is malformed, whoever calls. */
function ownAlias(text: string): AliasName {
  const aliasName = requireAliasName(text);
  refuseReserved(aliasName);
  return aliasName;
}
