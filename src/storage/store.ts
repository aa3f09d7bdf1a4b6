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
 * Ownership: rows passed in and out are never changed afterwards, by either side.
 */
export interface Store {
  /** Version of the layout that this store holds. */
  readonly version: number;
  /** In the order in which they were inserted. */
  readDomainKeys(): Promise<Snapshot<readonly DomainKeyRow[]>>;
  readKey(keyId: string): Promise<Snapshot<KeyRow | undefined>>;
  readMaterial(keyMaterialId: string): Promise<Snapshot<MaterialRow | undefined>>;
  readAlias(aliasName: string): Promise<Snapshot<AliasRow | undefined>>;
  readClientToken(scope: string, token: string): Promise<Snapshot<ClientTokenRow | undefined>>;
  /** Keys with ids greater than `after`, in the order of ids. */
  listKeys(page: Page<string>): Promise<Snapshot<readonly KeyRow[]>>;
  /** A key's backing keys with a sequence greater than `after`, in the order of sequences. */
  listMaterials(keyId: string, page: Page<number>): Promise<Snapshot<readonly MaterialRow[]>>;
  /** Aliases (of one key, when given) with names greater than `after`, in the order of the names' UTF-8 bytes. */
  listAliases(page: Page<string>, keyId?: string): Promise<Snapshot<readonly AliasRow[]>>;
  /** Numbers of keys by the index column `disabled`. */
  countKeys(): Promise<Snapshot<{ readonly enabled: number; readonly disabled: number }>>;
  /** Applies the change and answers the counter after it. */
  commit(change: Change, options: { readonly expectedCounter: number }): Promise<number>;
  /** Finishes what was begun and gives the store up to another process. Later calls reject. */
  close(): Promise<void>;
}

export interface Snapshot<T> {
  readonly counter: number;
  readonly value: T;
}

/** At most `limit` (≥ 1) rows after the cursor; `undefined` is the beginning. */
export interface Page<Cursor> {
  readonly after: Cursor | undefined;
  readonly limit: number;
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
}

export type Row = DomainKeyRow | KeyRow | MaterialRow | AliasRow | ClientTokenRow;
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

/** Primary key: `keyId`. */
export interface KeyRow extends SealedRecord {
  readonly kind: 'key';
  readonly keyId: string;
  /** Index of the record's field of the same name. */
  readonly disabled: boolean;
}

/** One row per backing key. Primary key: `keyMaterialId`; (`keyId`, `sequence`) is unique. */
export interface MaterialRow extends SealedRecord {
  readonly kind: 'material';
  readonly keyMaterialId: string;
  readonly keyId: string;
  /** 1 for a key's first backing key, then ascending. */
  readonly sequence: number;
  /** The wrapped material. It carries its own authentication. */
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

/** The store has moved on since it was read; nothing was applied. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';
}
