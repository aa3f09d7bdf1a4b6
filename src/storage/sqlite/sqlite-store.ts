import type { Database } from 'better-sqlite3';
import {
  type AccessTokenRow,
  type AliasRow,
  type Change,
  type ClientTokenRow,
  type DomainKeyRow,
  type GrantRow,
  type GroupRow,
  type ImportKeyRow,
  type KeyCount,
  type KeyRow,
  type MarkName,
  type MarkRow,
  type MaterialRow,
  type Page,
  type PrincipalRow,
  type Row,
  type Snapshot,
  type Store,
  StoreConflict,
  type TombstoneRow,
  type UsesRow,
  type UsesSum,
} from '../store.ts';
import { versionOf } from './migrations.ts';
import {
  toAccessTokenRow,
  toAliasRow,
  toClientTokenRow,
  toDomainKeyRow,
  toGrantRow,
  toGroupRow,
  toImportKeyRow,
  toKeyCount,
  toKeyRow,
  toMarkRow,
  toMaterialRow,
  toParameters,
  toPrincipalRow,
  toTombstoneRow,
} from './rows.ts';
import { prepareStatements, type Statements } from './statements.ts';

/**
 * The store over one connection that owns the database file. Each operation is one transaction that begins and ends
 * within the call, so no other operation runs between its statements.
 */
export class SqliteStore implements Store {
  readonly version: number;
  readonly usesSince: number;
  readonly #database: Database;
  readonly #statements: Statements;
  /** After a failure to write the log back: the next commit tries again. */
  #logHoldsErased = false;

  /** `database` comes from `openDatabase`; the store closes it. */
  constructor(database: Database) {
    this.version = versionOf(database);
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.usesSince = present(this.#statements.uses.since.get());
  }

  async readDomainKeys(): Promise<Snapshot<readonly DomainKeyRow[]>> {
    return this.#snapshot(({ reads }) => reads.domainKeys.all().map(toDomainKeyRow));
  }

  async readKey(keyId: string): Promise<Snapshot<KeyRow | undefined>> {
    return this.#snapshot(({ reads }) => ifPresent(reads.key.get(keyId), toKeyRow));
  }

  async readMaterial(keyMaterialId: string): Promise<Snapshot<MaterialRow | undefined>> {
    return this.#snapshot(({ reads }) => ifPresent(reads.material.get(keyMaterialId), toMaterialRow));
  }

  async readMaterials(keyMaterialIds: readonly string[]): Promise<Snapshot<readonly MaterialRow[]>> {
    return this.#snapshot(({ reads }) => reads.materials.all(JSON.stringify(keyMaterialIds)).map(toMaterialRow));
  }

  async readAlias(aliasName: string): Promise<Snapshot<AliasRow | undefined>> {
    return this.#snapshot(({ reads }) => ifPresent(reads.alias.get(aliasName), toAliasRow));
  }

  async readClientToken(scope: string, token: string): Promise<Snapshot<ClientTokenRow | undefined>> {
    return this.#snapshot(({ reads }) => ifPresent(reads.clientToken.get(scope, token), toClientTokenRow));
  }

  async readTombstone(keyId: string): Promise<Snapshot<TombstoneRow | undefined>> {
    return this.#snapshot(({ reads }) => ifPresent(reads.tombstone.get(keyId), toTombstoneRow));
  }

  async readMark(name: MarkName): Promise<Snapshot<MarkRow | undefined>> {
    return this.#snapshot(({ reads }) => ifPresent(reads.mark.get(name), toMarkRow));
  }

  async readImportKeys(): Promise<Snapshot<readonly ImportKeyRow[]>> {
    return this.#snapshot(({ reads }) => reads.importKeys.all().map(toImportKeyRow));
  }

  async listKeys({ after, limit }: Page<string>): Promise<Snapshot<readonly KeyRow[]>> {
    return this.#snapshot(({ lists }) => lists.keys.all(firstAfter(after), limit).map(toKeyRow));
  }

  async listKeysToLookAt(now: number, { after, limit }: Page<string>): Promise<Snapshot<readonly KeyRow[]>> {
    return this.#snapshot(({ lists }) => lists.keysToLookAt.all(now, firstAfter(after), limit).map(toKeyRow));
  }

  async listMaterials(keyId: string, { after, limit }: Page<number>): Promise<Snapshot<readonly MaterialRow[]>> {
    return this.#snapshot(({ lists }) => lists.materials.all(keyId, after ?? 0, limit).map(toMaterialRow));
  }

  async listAliases({ after, limit }: Page<string>, keyId?: string): Promise<Snapshot<readonly AliasRow[]>> {
    const from = firstAfter(after);
    return this.#snapshot(({ lists }) => {
      const columns = keyId === undefined ? lists.aliases.all(from, limit) : lists.aliasesOfKey.all(keyId, from, limit);
      return columns.map(toAliasRow);
    });
  }

  async countKeys(now: number): Promise<Snapshot<readonly KeyCount[]>> {
    return this.#snapshot(({ reads }) => reads.countKeys.all(now).map(toKeyCount));
  }

  async readPrincipal(principalId: string): Promise<Snapshot<PrincipalRow | undefined>> {
    return this.#snapshot(({ access }) => ifPresent(access.principal.get(principalId), toPrincipalRow));
  }

  async readPrincipalByPath(path: string): Promise<Snapshot<PrincipalRow | undefined>> {
    return this.#snapshot(({ access }) => ifPresent(access.principalByPath.get(path), toPrincipalRow));
  }

  async readPrincipalBySubject(subject: string): Promise<Snapshot<PrincipalRow | undefined>> {
    return this.#snapshot(({ access }) => ifPresent(access.principalBySubject.get(subject), toPrincipalRow));
  }

  async listPrincipals({ after, limit }: Page<string>): Promise<Snapshot<readonly PrincipalRow[]>> {
    return this.#snapshot(({ access }) => access.principals.all(firstAfter(after), limit).map(toPrincipalRow));
  }

  async countPrincipals(): Promise<Snapshot<number>> {
    return this.#snapshot(({ access }) => access.countPrincipals.get() ?? 0);
  }

  async readAccessToken(tokenId: string): Promise<Snapshot<AccessTokenRow | undefined>> {
    return this.#snapshot(({ access }) => ifPresent(access.token.get(tokenId), toAccessTokenRow));
  }

  async listAccessTokens(principalId: string, { after, limit }: Page<string>): Promise<Snapshot<readonly AccessTokenRow[]>> {
    return this.#snapshot(({ access }) => access.tokens.all(principalId, firstAfter(after), limit).map(toAccessTokenRow));
  }

  async readGroup(groupName: string): Promise<Snapshot<GroupRow | undefined>> {
    return this.#snapshot(({ access }) => ifPresent(access.group.get(groupName), toGroupRow));
  }

  async listGroups({ after, limit }: Page<string>): Promise<Snapshot<readonly GroupRow[]>> {
    return this.#snapshot(({ access }) => access.groups.all(firstAfter(after), limit).map(toGroupRow));
  }

  async readGrant(grantId: string): Promise<Snapshot<GrantRow | undefined>> {
    return this.#snapshot(({ access }) => ifPresent(access.grant.get(grantId), toGrantRow));
  }

  async listGrants(keyId: string, { after, limit }: Page<string>, granteeId?: string): Promise<Snapshot<readonly GrantRow[]>> {
    const from = firstAfter(after);
    return this.#snapshot(({ access }) => {
      const { grants, grantsOfGrantee } = access;
      const columns = granteeId === undefined ? grants.all(keyId, from, limit) : grantsOfGrantee.all(keyId, granteeId, from, limit);
      return columns.map(toGrantRow);
    });
  }

  async listGrantsToRetire(retiringId: string, { after, limit }: Page<string>): Promise<Snapshot<readonly GrantRow[]>> {
    return this.#snapshot(({ access }) => access.grantsToRetire.all(retiringId, firstAfter(after), limit).map(toGrantRow));
  }

  async readGrantsByName(keyId: string, name: string, granteeId?: string): Promise<Snapshot<readonly GrantRow[]>> {
    const named = { keyId, name, granteeId: granteeId ?? null };
    return this.#snapshot(({ access }) => access.grantsByName.all(named).map(toGrantRow));
  }

  async countGrants(keyId: string): Promise<Snapshot<number>> {
    return this.#snapshot(({ access }) => access.countGrants.get(keyId) ?? 0);
  }

  async commit(change: Change, { expectedCounter }: { readonly expectedCounter: number }): Promise<number> {
    const transaction = this.#database.transaction(() => applyChange(this.#statements, change, expectedCounter));
    const counter = transaction.immediate();
    this.#logHoldsErased ||= erases(change);
    if (this.#logHoldsErased) this.#writeLogBack();
    return counter;
  }

  async addUses(added: readonly UsesRow[]): Promise<void> {
    const { uses } = this.#statements;
    const transaction = this.#database.transaction(() => {
      for (const row of added) uses.add.run(row);
    });
    transaction.immediate();
  }

  async readUses(keyId: string, keyMaterialIds: readonly string[]): Promise<readonly UsesRow[]> {
    const { uses } = this.#statements;
    const read = this.#database.transaction(() => keyMaterialIds.flatMap((id) => uses.ofMaterial.get(keyId, id) ?? []));
    return read.deferred();
  }

  async sumUses(keyId: string): Promise<UsesSum | undefined> {
    return this.#statements.uses.ofKey.get(keyId);
  }

  async close(): Promise<void> {
    try {
      // Closing would write the log back too, but hide a failure.
      this.#writeLogBack();
    } finally {
      this.#database.close();
    }
  }

  /** Deleted and overwritten bytes stay in both files until then. */
  #writeLogBack(): void {
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#logHoldsErased = false;
  }

  #snapshot<T>(read: (statements: Statements) => T): Snapshot<T> {
    const transaction = this.#database.transaction(() => ({
      counter: readCounter(this.#statements),
      value: read(this.#statements),
    }));
    return transaction.deferred();
  }
}

/** Answers the counter after the change. Throwing rolls the whole transaction back. */
function applyChange(statements: Statements, change: Change, expectedCounter: number): number {
  const { writes, uses } = statements;
  const counter = readCounter(statements);
  if (counter !== expectedCounter) {
    throw new StoreConflict(`The store's counter is ${counter}, the change expects ${expectedCounter}.`);
  }

  if (change.deleteClientTokensExpiredAt !== undefined) writes.deleteClientTokens.run(change.deleteClientTokensExpiredAt);
  for (const row of change.insert ?? []) writes.insert[row.kind].run(toParameters(row));
  for (const row of change.update ?? []) updateRow(statements, row);
  for (const aliasName of change.deleteAliases ?? []) writes.deleteAlias.run(aliasName);
  for (const tokenId of change.deleteAccessTokens ?? []) writes.deleteAccessToken.run(tokenId);
  for (const groupName of change.deleteGroups ?? []) writes.deleteGroup.run(groupName);
  for (const grantId of change.deleteGrants ?? []) writes.deleteGrant.run(grantId);
  for (const keyId of change.deleteKeys ?? []) {
    const { deleteKey, deleteAliasesOfKey, deleteGrantsOfKey, eraseMaterialsOfKey } = writes;
    const ofKey = [deleteKey, deleteAliasesOfKey, deleteGrantsOfKey, eraseMaterialsOfKey, uses.deleteOfKey];
    for (const statement of ofKey) statement.run(keyId);
  }
  for (const id of change.deleteImportKeys ?? []) writes.deleteImportKey.run(id);

  return present(writes.increment.get());
}

function updateRow({ writes }: Statements, row: Row): void {
  if (row.kind === 'domain-key' || row.kind === 'import-key' || row.kind === 'tombstone' || row.kind === 'grant')
    throw new Error(`A ${row.kind} row is never updated.`);
  const { changes } = writes.update[row.kind].run(toParameters(row));
  if (changes !== 1) throw new Error(`The ${row.kind} row to update does not exist.`);
}

/** Whether wrapped bytes go that nobody may find any more. */
function erases({ deleteKeys = [], deleteImportKeys = [], update = [] }: Change): boolean {
  return deleteKeys.length > 0 || deleteImportKeys.length > 0 || update.some(({ kind }) => kind === 'material');
}

function readCounter({ reads }: Statements): number {
  return present(reads.counter.get());
}

/** The table `meta` always holds its one row. */
function present(column: number | undefined): number {
  if (column === undefined) throw new Error('The store has lost its counter.');
  return column;
}

function ifPresent<Columns, R>(columns: Columns | undefined, toRow: (columns: Columns) => R): R | undefined {
  return columns === undefined ? undefined : toRow(columns);
}

/** The least text after the cursor: in the order of bytes nothing lies between a text and that text with a NUL behind it. */
function firstAfter(cursor: string | undefined): string {
  return cursor === undefined ? '' : `${cursor}\0`;
}
