import type { Alias, AliasName } from '../keys/alias.ts';
import type { ClientTokenUse } from '../keys/client-token.ts';
import { withoutBytes } from '../keys/key-import.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import type { Key } from '../keys/key.ts';
import type { ServiceTime } from '../keys/service-time.ts';
import type { Tombstone } from '../keys/tombstone.ts';
import type { Change, ClientTokenRow, ImportKeyRow, Row } from '../storage/store.ts';
import { type AccessChange, accessDeletions, accessRows } from './access-change.ts';
import { encodeAlias } from './alias-record.ts';
import { encodeClientTokenUse } from './client-token-record.ts';
import { encodeKey, keyIndexes } from './key-record.ts';
import { encodeServiceTime } from './mark-record.ts';
import { encodeMaterial } from './material-record.ts';
import type { Reading } from './reading.ts';
import { encodeRecord } from './record.ts';
import { type RowSeal, clientTokenPrimaryKey, primaryKeyOf } from './row-seal.ts';
import { encodeTombstone } from './tombstone-record.ts';

/** What a decision changes, in the words of the domain. All of it happens, or nothing. */
export interface KeyringChange extends AccessChange {
  readonly insertKey?: Key;
  readonly updateKey?: Key;
  /** A backing key and its wrapped bytes. */
  readonly insertMaterial?: MaterialChange;
  /** Backing keys that were read before, with their wrapped bytes; empty bytes: destroyed. */
  readonly updateMaterials?: readonly MaterialChange[];
  readonly insertAlias?: Alias;
  readonly updateAlias?: Alias;
  readonly deleteAlias?: AliasName;
  readonly insertClientTokenUse?: ClientTokenUse;
  /** Forgets uses of client tokens that had expired at this time. */
  readonly forgetTokensExpiredAt?: number;
  /** A key that goes with its aliases and the bytes of its backing keys, and what stays of it. */
  readonly destroyKey?: Tombstone;
  readonly insertImportKey?: Omit<ImportKeyRow, 'kind'>;
  /** Ids of import keys. */
  readonly deleteImportKeys?: readonly string[];
  readonly serviceTime?: ServiceTime;
  /** Marks the store as one that holds keys whose material others know. For ever. */
  readonly markInsecure?: true;
}

export interface MaterialChange {
  readonly material: KeyMaterial;
  readonly storedKey: Uint8Array;
}

/** Imported material whose bytes go, from the store and from native memory. */
export function erased({ material }: Pick<MaterialChange, 'material'>): MaterialChange {
  return { material: withoutBytes(material), storedKey: new Uint8Array() };
}

/** The rows of a change, sealed. */
export function storeChange(change: KeyringChange, reading: Reading, seal: RowSeal): Change {
  const insert: Row[] = [];
  const update: Row[] = [];
  if (change.insertKey) insert.push(keyRow(change.insertKey, reading, seal));
  if (change.updateKey) update.push(keyRow(change.updateKey, reading, seal));
  if (change.insertMaterial) insert.push(materialRow(change.insertMaterial, reading, seal));
  for (const material of change.updateMaterials ?? []) update.push(materialRow(material, reading, seal));
  if (change.insertAlias) insert.push(aliasRow(change.insertAlias, reading, seal));
  if (change.updateAlias) update.push(aliasRow(change.updateAlias, reading, seal));
  if (change.insertClientTokenUse) {
    const row = clientTokenRow(change.insertClientTokenUse, seal);
    // An earlier use that has expired may still be there.
    (reading.record(row.kind, primaryKeyOf(row)) === undefined ? insert : update).push(row);
  }
  if (change.destroyKey) insert.push(tombstoneRow(change.destroyKey, seal));
  if (change.insertImportKey) insert.push({ kind: 'import-key', ...change.insertImportKey });
  if (change.serviceTime) {
    const previous = reading.record('mark', 'time');
    const row = {
      kind: 'mark',
      name: 'time',
      ...seal.seal('mark', 'time', encodeServiceTime(change.serviceTime, previous)),
    } as const;
    (previous === undefined ? insert : update).push(row);
  }
  if (change.markInsecure) insert.push({ kind: 'mark', name: 'insecure', ...seal.seal('mark', 'insecure', encodeRecord({}, [])) });
  const access = accessRows(change, reading, seal);
  return {
    insert: [...insert, ...access.insert],
    update: [...update, ...access.update],
    ...accessDeletions(change),
    ...(change.destroyKey ? { deleteKeys: [change.destroyKey.keyId] } : {}),
    ...(change.deleteImportKeys ? { deleteImportKeys: change.deleteImportKeys } : {}),
    ...(change.deleteAlias ? { deleteAliases: [change.deleteAlias] } : {}),
    ...(change.forgetTokensExpiredAt === undefined ? {} : { deleteClientTokensExpiredAt: change.forgetTokensExpiredAt }),
  };
}

function keyRow(key: Key, reading: Reading, seal: RowSeal): Row {
  const record = encodeKey(key, reading.record('key', key.keyId));
  return { kind: 'key', ...keyIndexes(key), ...seal.seal('key', key.keyId, record) };
}

function materialRow({ material, storedKey }: MaterialChange, reading: Reading, seal: RowSeal): Row {
  const { keyMaterialId, keyId, sequence } = material;
  const record = encodeMaterial(material, reading.record('material', keyMaterialId));
  return {
    kind: 'material',
    keyMaterialId,
    keyId,
    sequence,
    storedKey,
    ...seal.seal('material', keyMaterialId, record),
  };
}

function aliasRow(alias: Alias, reading: Reading, seal: RowSeal): Row {
  const { aliasName, keyId } = alias;
  const record = encodeAlias(alias, reading.record('alias', aliasName));
  return { kind: 'alias', aliasName, keyId, ...seal.seal('alias', aliasName, record) };
}

function tombstoneRow(tombstone: Tombstone, seal: RowSeal): Row {
  const { keyId } = tombstone;
  return { kind: 'tombstone', keyId, ...seal.seal('tombstone', keyId, encodeTombstone(tombstone)) };
}

function clientTokenRow(use: ClientTokenUse, seal: RowSeal): ClientTokenRow {
  const { scope, token, expiresAt } = use;
  const sealed = seal.seal('client-token', clientTokenPrimaryKey(scope, token), encodeClientTokenUse(use));
  return { kind: 'client-token', scope, token, expiresAt, ...sealed };
}
