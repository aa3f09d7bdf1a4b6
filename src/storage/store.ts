/**
 * The contract of every store. A store keeps rows; it knows nothing of what a record says and never looks inside it.
 *
 * Atomicity: `commit` applies all of a change or none of it.
 * Durability: when `commit` fulfils, the change survives the process and the machine being killed at any instant.
 * Ordering: commits are serial. Each increments the store's counter by one; the counter starts at 0. Every read answers
 *   from one committed state and says which, by its counter; a read that begins after a commit fulfilled sees it.
 * Conflicts: `commit` with an `expectedCounter` that is not the store's counter applies nothing and throws
 *   `StoreConflict`. The store does not retry; its caller reads again and decides anew.
 * Failures: anything else that is thrown is an outage. After one in `commit` it is unknown whether the change was applied:
 *   the caller must forget what it holds in memory and read again. After one in a read nothing changed.
 * Erasure: when a `commit` that deletes a key or import key, or updates a backing key, fulfils, the wrapped bytes that went
 *   are in no file of the store. If the process is killed in between, they are gone once the store was opened again.
 * Ownership: rows passed in and out are never changed afterwards, by either side.
 * Uses: how often backing keys were used is outside of all this but ownership and what `close` says. It is advisory: nothing is
 *   decided by it, no MAC covers it, and adding to it neither moves the counter nor conflicts with a commit.
 */
export interface Store {
  /** Version of the layout that this store holds. */
  readonly version: number;
  /** Since when this store has a place for uses, in milliseconds since 1970 by the clock of its machine: earlier ones are not in it. */
  readonly usesSince: number;
  /** In the order in which they were inserted. */
  readDomainKeys(): Promise<Snapshot<readonly DomainKeyRow[]>>;
  readKey(keyId: string): Promise<Snapshot<KeyRow | undefined>>;
  readMaterial(keyMaterialId: string): Promise<Snapshot<MaterialRow | undefined>>;
  /** Those that there are, in any order; for at most `maxMaterialsRead` ids. */
  readMaterials(keyMaterialIds: readonly string[]): Promise<Snapshot<readonly MaterialRow[]>>;
  readAlias(aliasName: string): Promise<Snapshot<AliasRow | undefined>>;
  readClientToken(scope: string, token: string): Promise<Snapshot<ClientTokenRow | undefined>>;
  readTombstone(keyId: string): Promise<Snapshot<TombstoneRow | undefined>>;
  readMark(name: MarkName): Promise<Snapshot<MarkRow | undefined>>;
  /** In the order of `createdAt`, oldest first. */
  readImportKeys(): Promise<Snapshot<readonly ImportKeyRow[]>>;
  /** Keys with ids greater than `after`, in the order of ids. */
  listKeys(page: Page<string>): Promise<Snapshot<readonly KeyRow[]>>;
  /** Those of `listKeys` whose `nextLookAt` is not after this time. */
  listKeysToLookAt(now: number, page: Page<string>): Promise<Snapshot<readonly KeyRow[]>>;
  /** A key's backing keys with a sequence greater than `after`, in the order of sequences. */
  listMaterials(keyId: string, page: Page<number>): Promise<Snapshot<readonly MaterialRow[]>>;
  /** Aliases (of one key, when given) with names greater than `after`, in the order of the names' UTF-8 bytes. */
  listAliases(page: Page<string>, keyId?: string): Promise<Snapshot<readonly AliasRow[]>>;
  /** Numbers of keys by what their index columns say at this time; combinations that no key has are left out. */
  countKeys(now: number): Promise<Snapshot<readonly KeyCount[]>>;
  readPrincipal(principalId: string): Promise<Snapshot<PrincipalRow | undefined>>;
  readPrincipalByPath(path: string): Promise<Snapshot<PrincipalRow | undefined>>;
  readPrincipalBySubject(subject: string): Promise<Snapshot<PrincipalRow | undefined>>;
  /** Principals with paths greater than `after`, in the order of the paths' UTF-8 bytes. */
  listPrincipals(page: Page<string>): Promise<Snapshot<readonly PrincipalRow[]>>;
  countPrincipals(): Promise<Snapshot<number>>;
  readAccessToken(tokenId: string): Promise<Snapshot<AccessTokenRow | undefined>>;
  /** A principal's access tokens with ids greater than `after`, in the order of ids. */
  listAccessTokens(principalId: string, page: Page<string>): Promise<Snapshot<readonly AccessTokenRow[]>>;
  readGroup(groupName: string): Promise<Snapshot<GroupRow | undefined>>;
  /** Groups with names greater than `after`, in the order of the names' UTF-8 bytes. */
  listGroups(page: Page<string>): Promise<Snapshot<readonly GroupRow[]>>;
  readGrant(grantId: string): Promise<Snapshot<GrantRow | undefined>>;
  /** Grants of a key (to one principal, when given) with ids greater than `after`, in the order of ids. */
  listGrants(keyId: string, page: Page<string>, granteeId?: string): Promise<Snapshot<readonly GrantRow[]>>;
  /** Grants of any key that this principal may retire, with ids greater than `after`, in the order of ids. */
  listGrantsToRetire(retiringId: string, page: Page<string>): Promise<Snapshot<readonly GrantRow[]>>;
  /** A key's grants of this name (to one principal, when given), in the order of ids: a name may be given more than once. */
  readGrantsByName(keyId: string, name: string, granteeId?: string): Promise<Snapshot<readonly GrantRow[]>>;
  countGrants(keyId: string): Promise<Snapshot<number>>;
  /** Applies the change and answers the counter after it. */
  commit(change: Change, options: { readonly expectedCounter: number }): Promise<number>;
  /**
   * Adds to the uses of backing keys, of all or none: counts grow, to 2^53 − 1 at most, and the time from the first use to the
   * last widens. What it added survives as a commit does. When it throws it is unknown whether it added: who adds the same again
   * may count it twice, who does not may lose it. Backing keys that the store does not have, and those of deleted keys, are ignored.
   */
  addUses(uses: readonly UsesRow[]): Promise<void>;
  /** Of these backing keys those that are the key's and were used, in any order. */
  readUses(keyId: string, keyMaterialIds: readonly string[]): Promise<readonly UsesRow[]>;
  /** The uses of all of a key's backing keys, added up; `undefined` when there are none. */
  sumUses(keyId: string): Promise<UsesSum | undefined>;
  /** Finishes what was begun and gives the store up to another process. Later calls reject. */
  close(): Promise<void>;
}

/** Ids in one `readMaterials`: a read of so many rows holds the event loop for a few milliseconds. */
export const maxMaterialsRead = 500;

export interface Snapshot<T> {
  readonly counter: number;
  readonly value: T;
}

/** At most `limit` (≥ 1) rows after the cursor; `undefined` is the beginning. */
export interface Page<Cursor> {
  readonly after: Cursor | undefined;
  readonly limit: number;
}

export interface KeyCount extends Pick<KeyRow, 'disabled' | 'pendingDeletion' | 'insecure'> {
  /** Whether `pendingImportAt` has come. */
  readonly pendingImport: boolean;
  readonly count: number;
}

/**
 * Writes, applied in this order. Inserting a row that exists, or updating one that does not, fails the whole change;
 * deleting what does not exist changes nothing.
 */
export interface Change {
  /** Deletes client tokens with `expiresAt` at or before this time, in milliseconds since 1970. */
  readonly deleteClientTokensExpiredAt?: number;
  readonly insert?: readonly Row[];
  readonly update?: readonly Row[];
  readonly deleteAliases?: readonly string[];
  readonly deleteAccessTokens?: readonly string[];
  readonly deleteGroups?: readonly string[];
  readonly deleteGrants?: readonly string[];
  /**
   * Ids of keys that go, with the aliases that point at them, their grants and the uses of their backing keys; rows of their
   * backing keys stay, with an empty `storedKey`.
   */
  readonly deleteKeys?: readonly string[];
  readonly deleteImportKeys?: readonly string[];
}

export type Row =
  | DomainKeyRow
  | ImportKeyRow
  | KeyRow
  | MaterialRow
  | AliasRow
  | ClientTokenRow
  | TombstoneRow
  | MarkRow
  | PrincipalRow
  | AccessTokenRow
  | GroupRow
  | GrantRow;
export type RowKind = Row['kind'];

/** A record, whose bytes are kept as written, with the MAC that makes it believed. */
export interface SealedRecord {
  readonly record: Uint8Array;
  /** 16 bytes: whose row key made the MAC. */
  readonly domainKeyId: Uint8Array;
  /** 32 bytes. */
  readonly mac: Uint8Array;
}

/** A domain key, wrapped by the root key. Inserted, never changed. Primary key: `id`. */
export interface DomainKeyRow {
  readonly kind: 'domain-key';
  /** 32 hex digits. */
  readonly id: string;
  readonly stored: Uint8Array;
  readonly createdAt: number;
}

/** A key that seals import tokens, wrapped by a domain key. Inserted, deleted, never changed. Primary key: `id`. */
export interface ImportKeyRow {
  readonly kind: 'import-key';
  /** 32 hex digits. */
  readonly id: string;
  readonly stored: Uint8Array;
  readonly createdAt: number;
}

/** Primary key: `keyId`. What is beside the record are indexes of what it says. Times are milliseconds since 1970. */
export interface KeyRow extends SealedRecord {
  readonly kind: 'key';
  readonly keyId: string;
  readonly disabled: boolean;
  readonly pendingDeletion: boolean;
  /** From when on the key waits for an import; 0: it does already; null: nothing will make it. */
  readonly pendingImportAt: number | null;
  /** When the service has to look at the key; null: not before it is changed. */
  readonly nextLookAt: number | null;
  readonly insecure: boolean;
}

/** What stays of a deleted key. Primary key: `keyId`. */
export interface TombstoneRow extends SealedRecord {
  readonly kind: 'tombstone';
  readonly keyId: string;
}

/** A fact about the store as a whole. Primary key: `name`. */
export interface MarkRow extends SealedRecord {
  readonly kind: 'mark';
  readonly name: MarkName;
}

export type MarkName = 'time' | 'insecure';

/** One row per backing key. Primary key: `keyMaterialId`; (`keyId`, `sequence`) is unique. */
export interface MaterialRow extends SealedRecord {
  readonly kind: 'material';
  readonly keyMaterialId: string;
  readonly keyId: string;
  /** 1 for a key's first backing key, then ascending. */
  readonly sequence: number;
  /** The wrapped material; empty when it was destroyed. It carries its own authentication. */
  readonly storedKey: Uint8Array;
}

/** Primary key: `aliasName`. */
export interface AliasRow extends SealedRecord {
  readonly kind: 'alias';
  readonly aliasName: string;
  readonly keyId: string;
}

/** What a client token answered. Primary key: (`scope`, `token`). */
export interface ClientTokenRow extends SealedRecord {
  readonly kind: 'client-token';
  /** The call it belongs to. */
  readonly scope: string;
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Somebody who may call, or could once. Never deleted. Primary key: `principalId`; `path` is unique, and so is `subject`. */
export interface PrincipalRow extends SealedRecord {
  readonly kind: 'principal';
  readonly principalId: string;
  readonly path: string;
  /** Null: none, which any number of principals may have. */
  readonly subject: string | null;
}

/** Primary key: `tokenId`. */
export interface AccessTokenRow extends SealedRecord {
  readonly kind: 'access-token';
  readonly tokenId: string;
  readonly principalId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Primary key: `groupName`. */
export interface GroupRow extends SealedRecord {
  readonly kind: 'group';
  readonly groupName: string;
}

/** Inserted, deleted, never changed. Primary key: `grantId`. */
export interface GrantRow extends SealedRecord {
  readonly kind: 'grant';
  readonly grantId: string;
  readonly keyId: string;
  /** Ids of principals. */
  readonly granteeId: string;
  readonly retiringId: string | null;
  readonly name: string | null;
}

/** How a backing key was used. Advisory; neither a `Row` nor sealed. Primary key: `keyMaterialId`. */
export interface UsesRow extends UsesSum {
  readonly keyMaterialId: string;
}

/** Whole numbers up to 2^53 − 1; times are milliseconds since 1970. */
export interface UsesSum {
  readonly encryptions: number;
  readonly decryptions: number;
  readonly plaintextBytes: number;
  readonly firstUsedAt: number;
  readonly lastUsedAt: number;
}

/** The store has moved on since it was read; nothing was applied. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';
}
