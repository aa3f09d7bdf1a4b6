import type { Database, Statement } from 'better-sqlite3';
import type {
  AccessTokenRow,
  AliasRow,
  ClientTokenRow,
  DomainKeyRow,
  GrantRow,
  GroupRow,
  ImportKeyRow,
  MarkRow,
  MaterialRow,
  PrincipalRow,
  RowKind,
  TombstoneRow,
  UsesRow,
  UsesSum,
} from '../store.ts';
import { type Columns, type CountColumns, insertSql, type KeyColumns, selectSql, updateSql } from './rows.ts';

export type Statements = ReturnType<typeof prepareStatements>;

/** Every statement that the store runs after it was opened, prepared once. */
export function prepareStatements(database: Database) {
  return {
    reads: prepareReads(database),
    lists: prepareLists(database),
    access: prepareAccess(database),
    writes: prepareWrites(database),
    uses: prepareUses(database),
  };
}

function prepareReads(database: Database) {
  return {
    counter: database.prepare<[], number>('SELECT counter FROM meta').pluck(),
    domainKeys: database.prepare<[], Columns<DomainKeyRow>>(selectSql('domain-key', 'ORDER BY rowid')),
    key: database.prepare<[keyId: string], KeyColumns>(selectSql('key', 'WHERE key_id = ?')),
    material: database.prepare<[id: string], Columns<MaterialRow>>(selectSql('material', 'WHERE key_material_id = ?')),
    materials: database.prepare<[idsAsJson: string], Columns<MaterialRow>>(
      selectSql('material', 'WHERE key_material_id IN (SELECT value FROM json_each(?))'),
    ),
    alias: database.prepare<[name: string], Columns<AliasRow>>(selectSql('alias', 'WHERE alias_name = ?')),
    clientToken: database.prepare<[scope: string, token: string], Columns<ClientTokenRow>>(
      selectSql('client-token', 'WHERE scope = ? AND token = ?'),
    ),
    tombstone: database.prepare<[keyId: string], Columns<TombstoneRow>>(selectSql('tombstone', 'WHERE key_id = ?')),
    mark: database.prepare<[name: string], Columns<MarkRow>>(selectSql('mark', 'WHERE name = ?')),
    importKeys: database.prepare<[], Columns<ImportKeyRow>>(selectSql('import-key', 'ORDER BY created_at, id')),
    countKeys: database.prepare<[now: number], CountColumns>(
      `SELECT pending_deletion AS pendingDeletion, disabled, insecure, coalesce(pending_import_at <= ?, 0) AS pendingImport,
         count(*) AS count FROM keys GROUP BY 1, 2, 3, 4`,
    ),
  };
}

/** A text cursor is inclusive: the least text that may be listed (see `firstAfter`). */
function prepareLists(database: Database) {
  return {
    keys: database.prepare<[from: string, limit: number], KeyColumns>(
      selectSql('key', 'WHERE key_id >= ? ORDER BY key_id LIMIT ?'),
    ),
    keysToLookAt: database.prepare<[now: number, from: string, limit: number], KeyColumns>(
      selectSql('key', 'WHERE next_look_at <= ? AND key_id >= ? ORDER BY key_id LIMIT ?'),
    ),
    materials: database.prepare<[keyId: string, after: number, limit: number], Columns<MaterialRow>>(
      selectSql('material', 'WHERE key_id = ? AND sequence > ? ORDER BY sequence LIMIT ?'),
    ),
    aliases: database.prepare<[from: string, limit: number], Columns<AliasRow>>(
      selectSql('alias', 'WHERE alias_name >= ? ORDER BY alias_name LIMIT ?'),
    ),
    aliasesOfKey: database.prepare<[keyId: string, from: string, limit: number], Columns<AliasRow>>(
      selectSql('alias', 'WHERE key_id = ? AND alias_name >= ? ORDER BY alias_name LIMIT ?'),
    ),
  };
}

/** Who may do what. Text cursors are inclusive, as in the lists. */
function prepareAccess(database: Database) {
  const principal = (where: string) =>
    database.prepare<[name: string], Columns<PrincipalRow>>(selectSql('principal', `WHERE ${where} = ?`));
  return {
    principal: principal('principal_id'),
    principalByPath: principal('path'),
    principalBySubject: principal('subject'),
    principals: database.prepare<[from: string, limit: number], Columns<PrincipalRow>>(
      selectSql('principal', 'WHERE path >= ? ORDER BY path LIMIT ?'),
    ),
    countPrincipals: database.prepare<[], number>('SELECT count(*) FROM principals').pluck(),
    token: database.prepare<[id: string], Columns<AccessTokenRow>>(selectSql('access-token', 'WHERE token_id = ?')),
    tokens: database.prepare<[principalId: string, from: string, limit: number], Columns<AccessTokenRow>>(
      selectSql('access-token', 'WHERE principal_id = ? AND token_id >= ? ORDER BY token_id LIMIT ?'),
    ),
    group: database.prepare<[name: string], Columns<GroupRow>>(selectSql('group', 'WHERE group_name = ?')),
    groups: database.prepare<[from: string, limit: number], Columns<GroupRow>>(
      selectSql('group', 'WHERE group_name >= ? ORDER BY group_name LIMIT ?'),
    ),
    grant: database.prepare<[id: string], Columns<GrantRow>>(selectSql('grant', 'WHERE grant_id = ?')),
    grants: database.prepare<[keyId: string, from: string, limit: number], Columns<GrantRow>>(
      selectSql('grant', 'WHERE key_id = ? AND grant_id >= ? ORDER BY grant_id LIMIT ?'),
    ),
    grantsOfGrantee: database.prepare<[keyId: string, granteeId: string, from: string, limit: number], Columns<GrantRow>>(
      selectSql('grant', 'WHERE key_id = ? AND grantee_id = ? AND grant_id >= ? ORDER BY grant_id LIMIT ?'),
    ),
    grantsToRetire: database.prepare<[retiringId: string, from: string, limit: number], Columns<GrantRow>>(
      selectSql('grant', 'WHERE retiring_id = ? AND grant_id >= ? ORDER BY grant_id LIMIT ?'),
    ),
    grantsByName: database.prepare<[GrantName], Columns<GrantRow>>(
      selectSql(
        'grant',
        'WHERE key_id = @keyId AND name = @name AND grantee_id = coalesce(@granteeId, grantee_id) ORDER BY grant_id',
      ),
    ),
    countGrants: database.prepare<[keyId: string], number>('SELECT count(*) FROM grants WHERE key_id = ?').pluck(),
  };
}

interface GrantName {
  readonly keyId: string;
  readonly name: string;
  readonly granteeId: string | null;
}

function prepareWrites(database: Database) {
  const prepare = (sql: string): Statement<[object]> => database.prepare(sql);
  const insert: Record<RowKind, Statement<[object]>> = {
    'domain-key': prepare(insertSql('domain-key')),
    key: prepare(insertSql('key')),
    material: prepare(insertSql('material')),
    alias: prepare(insertSql('alias')),
    'client-token': prepare(insertSql('client-token')),
    'import-key': prepare(insertSql('import-key')),
    tombstone: prepare(insertSql('tombstone')),
    mark: prepare(insertSql('mark')),
    principal: prepare(insertSql('principal')),
    'access-token': prepare(insertSql('access-token')),
    group: prepare(insertSql('group')),
    grant: prepare(insertSql('grant')),
  };
  const update: Record<Exclude<RowKind, NeverUpdated>, Statement<[object]>> = {
    key: prepare(updateSql('key')),
    material: prepare(updateSql('material')),
    alias: prepare(updateSql('alias')),
    'client-token': prepare(updateSql('client-token')),
    mark: prepare(updateSql('mark')),
    principal: prepare(updateSql('principal')),
    'access-token': prepare(updateSql('access-token')),
    group: prepare(updateSql('group')),
  };
  return {
    insert,
    update,
    deleteAlias: database.prepare<[name: string]>('DELETE FROM aliases WHERE alias_name = ?'),
    deleteKey: database.prepare<[keyId: string]>('DELETE FROM keys WHERE key_id = ?'),
    deleteAliasesOfKey: database.prepare<[keyId: string]>('DELETE FROM aliases WHERE key_id = ?'),
    eraseMaterialsOfKey: database.prepare<[keyId: string]>("UPDATE key_materials SET stored_key = x'' WHERE key_id = ?"),
    deleteAccessToken: database.prepare<[id: string]>('DELETE FROM access_tokens WHERE token_id = ?'),
    deleteGroup: database.prepare<[name: string]>('DELETE FROM groups WHERE group_name = ?'),
    deleteGrant: database.prepare<[id: string]>('DELETE FROM grants WHERE grant_id = ?'),
    deleteGrantsOfKey: database.prepare<[keyId: string]>('DELETE FROM grants WHERE key_id = ?'),
    deleteImportKey: database.prepare<[id: string]>('DELETE FROM import_keys WHERE id = ?'),
    deleteClientTokens: database.prepare<[expiredAt: number]>('DELETE FROM client_tokens WHERE expires_at <= ?'),
    increment: database.prepare<[], number>('UPDATE meta SET counter = counter + 1 RETURNING counter').pluck(),
  };
}

/** Numbers stop at the greatest that JavaScript counts exactly, so that no sum can fail. */
function prepareUses(database: Database) {
  const limited = (sql: string) => `min(${sql}, ${Number.MAX_SAFE_INTEGER})`;
  const grown = (column: string) => `${column} = ${limited(`${column} + excluded.${column}`)}`;
  const total = (column: string) => `CAST(${limited(`total(${column})`)} AS INTEGER)`;
  return {
    since: database.prepare<[], number>('SELECT uses_since FROM meta').pluck(),
    add: database.prepare<[UsesRow]>(
      `INSERT INTO uses (key_id, key_material_id, encryptions, decryptions, plaintext_bytes, first_used_at, last_used_at)
         SELECT key_id, key_material_id, @encryptions, @decryptions, @plaintextBytes, @firstUsedAt, @lastUsedAt
           FROM key_materials JOIN keys USING (key_id) WHERE key_material_id = @keyMaterialId
       ON CONFLICT DO UPDATE SET ${grown('encryptions')}, ${grown('decryptions')}, ${grown('plaintext_bytes')},
         first_used_at = min(first_used_at, excluded.first_used_at), last_used_at = max(last_used_at, excluded.last_used_at)`,
    ),
    ofMaterial: database.prepare<[keyId: string, keyMaterialId: string], UsesRow>(
      `SELECT key_material_id AS keyMaterialId, encryptions, decryptions, plaintext_bytes AS plaintextBytes,
         first_used_at AS firstUsedAt, last_used_at AS lastUsedAt FROM uses WHERE key_id = ? AND key_material_id = ?`,
    ),
    ofKey: database.prepare<[keyId: string], UsesSum>(
      `SELECT ${total('encryptions')} AS encryptions, ${total('decryptions')} AS decryptions,
         ${total('plaintext_bytes')} AS plaintextBytes, min(first_used_at) AS firstUsedAt, max(last_used_at) AS lastUsedAt
         FROM uses WHERE key_id = ? HAVING count(*) > 0`,
    ),
    deleteOfKey: database.prepare<[keyId: string]>('DELETE FROM uses WHERE key_id = ?'),
  };
}

/** Rows that are inserted, and never changed. */
export type NeverUpdated = 'domain-key' | 'import-key' | 'tombstone' | 'grant';
