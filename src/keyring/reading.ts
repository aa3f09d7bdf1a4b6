import { type Alias, type AliasName, maxAliasesPerKey } from '../keys/alias.ts';
import type { ClientToken, ClientTokenUse } from '../keys/client-token.ts';
import type { KeyId } from '../keys/key-id.ts';
import { aliasNotFound, keyNotFound } from '../keys/key-reference.ts';
import type { Key } from '../keys/key.ts';
import { type Snapshot, type Store, StoreConflict } from '../storage/store.ts';
import { decodeAlias } from './alias-record.ts';
import { decodeClientTokenUse } from './client-token-record.ts';
import { decodeKey } from './key-record.ts';
import { type RowSeal, type SealedRow, primaryKeyOf } from './row-seal.ts';
import { orUnavailable } from './store-outage.ts';

/**
 * What one decision about a change reads, all of it from one state of the store: a read that sees another state throws
 * `StoreConflict`, and the decision is made anew. It keeps the records it read, so that a change keeps their unknown fields.
 */
export class Reading {
  readonly #store: Store;
  readonly #seal: RowSeal;
  readonly #records = new Map<string, Uint8Array>();
  #counter: number | undefined;

  constructor(store: Store, seal: RowSeal) {
    this.#store = store;
    this.#seal = seal;
  }

  /** The state that was read. Throws when nothing was. */
  get counter(): number {
    if (this.#counter === undefined) throw new Error('A change was decided without reading anything.');
    return this.#counter;
  }

  /** Takes the state as it is, for a decision that may read nothing else. */
  async begin(): Promise<void> {
    await this.#seen(this.#store.readDomainKeys());
  }

  /** Throws KEY_NOT_FOUND. */
  async key(keyId: KeyId): Promise<Key> {
    const row = await this.#seen(this.#store.readKey(keyId));
    if (row === undefined) throw keyNotFound(keyId);
    return this.#open(row, decodeKey);
  }

  async findAlias(aliasName: AliasName): Promise<Alias | undefined> {
    const row = await this.#seen(this.#store.readAlias(aliasName));
    return row && this.#open(row, decodeAlias);
  }

  /** Throws ALIAS_NOT_FOUND. */
  async alias(aliasName: AliasName): Promise<Alias> {
    const alias = await this.findAlias(aliasName);
    if (alias === undefined) throw aliasNotFound(aliasName);
    return alias;
  }

  /** Throws ALIAS_NOT_FOUND; does not look at what the alias says. */
  async requireAlias(aliasName: AliasName): Promise<void> {
    if ((await this.#seen(this.#store.readAlias(aliasName))) === undefined) throw aliasNotFound(aliasName);
  }

  /** Aliases of a key, counted up to the most it can have. */
  async aliasCount(keyId: KeyId): Promise<number> {
    const aliases = await this.#seen(this.#store.listAliases({ after: undefined, limit: maxAliasesPerKey }, keyId));
    return aliases.length;
  }

  /** What a client token did, while it is remembered. */
  async clientTokenUse(scope: string, token: ClientToken, now: number): Promise<ClientTokenUse | undefined> {
    const row = await this.#seen(this.#store.readClientToken(scope, token));
    const use = row && this.#open(row, decodeClientTokenUse);
    return use !== undefined && use.expiresAt > now ? use : undefined;
  }

  /** The bytes of a record as they were read, if they were. */
  record(kind: SealedRow['kind'], primaryKey: string): Uint8Array | undefined {
    return this.#records.get(`${kind} ${primaryKey}`);
  }

  #open<Row extends SealedRow, T>(row: Row, decode: (row: Row) => T | undefined): T {
    this.#records.set(`${row.kind} ${primaryKeyOf(row)}`, row.record);
    return this.#seal.open(row, decode);
  }

  async #seen<T>(read: Promise<Snapshot<T>>): Promise<T> {
    const { counter, value } = await orUnavailable(read);
    this.#counter ??= counter;
    if (counter !== this.#counter) throw new StoreConflict('The store changed while a decision was being made.');
    return value;
  }
}
