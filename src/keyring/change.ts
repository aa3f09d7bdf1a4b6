import type { Alias, AliasName } from '../keys/alias.ts';
import { type ClientTokenUse, clientTokenLifetimeMs } from '../keys/client-token.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import type { Key } from '../keys/key.ts';
import type { Change, Row } from '../storage/store.ts';
import { encodeAlias } from './alias-record.ts';
import { encodeClientTokenUse } from './client-token-record.ts';
import { encodeKey } from './key-record.ts';
import { encodeMaterial } from './material-record.ts';
import type { Reading } from './reading.ts';
import { type RowSeal, clientTokenPrimaryKey } from './row-seal.ts';

/** What a decision changes, in the words of the domain. All of it happens, or nothing. */
export interface KeyringChange {
  readonly insertKey?: Key;
  readonly updateKey?: Key;
  /** A backing key and its wrapped bytes. */
  readonly insertMaterial?: { readonly material: KeyMaterial; readonly storedKey: Uint8Array };
  readonly insertAlias?: Alias;
  readonly updateAlias?: Alias;
  readonly deleteAlias?: AliasName;
  readonly insertClientTokenUse?: ClientTokenUse;
}

/** The rows of a change, sealed. */
export function storeChange(change: KeyringChange, reading: Reading, seal: RowSeal): Change {
  const insert: Row[] = [];
  const update: Row[] = [];
  if (change.insertKey) insert.push(keyRow(change.insertKey, reading, seal));
  if (change.updateKey) update.push(keyRow(change.updateKey, reading, seal));
  if (change.insertMaterial) insert.push(materialRow(change.insertMaterial, seal));
  if (change.insertAlias) insert.push(aliasRow(change.insertAlias, reading, seal));
  if (change.updateAlias) update.push(aliasRow(change.updateAlias, reading, seal));
  if (change.insertClientTokenUse) insert.push(clientTokenRow(change.insertClientTokenUse, seal));
  return {
    insert,
    update,
    ...(change.deleteAlias ? { deleteAliases: [change.deleteAlias] } : {}),
    ...(change.insertClientTokenUse
      ? { deleteClientTokensExpiredAt: change.insertClientTokenUse.expiresAt - clientTokenLifetimeMs }
      : {}),
  };
}

function keyRow(key: Key, reading: Reading, seal: RowSeal): Row {
  const record = encodeKey(key, reading.record('key', key.keyId));
  return { kind: 'key', keyId: key.keyId, disabled: key.disabled, ...seal.seal('key', key.keyId, record) };
}

function materialRow({ material, storedKey }: NonNullable<KeyringChange['insertMaterial']>, seal: RowSeal): Row {
  const { keyMaterialId, keyId, sequence } = material;
  return {
    kind: 'material',
    keyMaterialId,
    keyId,
    sequence,
    storedKey,
    ...seal.seal('material', keyMaterialId, encodeMaterial(material)),
  };
}

function aliasRow(alias: Alias, reading: Reading, seal: RowSeal): Row {
  const { aliasName, keyId } = alias;
  const record = encodeAlias(alias, reading.record('alias', aliasName));
  return { kind: 'alias', aliasName, keyId, ...seal.seal('alias', aliasName, record) };
}

function clientTokenRow(use: ClientTokenUse, seal: RowSeal): Row {
  const { scope, token, expiresAt } = use;
  const sealed = seal.seal('client-token', clientTokenPrimaryKey(scope, token), encodeClientTokenUse(use));
  return { kind: 'client-token', scope, token, expiresAt, ...sealed };
}
