import { type Alias, type AliasName, maxAliasesPerKey } from '../keys/alias.ts';
import type { ClientToken, ClientTokenUse } from '../keys/client-token.ts';
import type { KeyId } from '../keys/key-id.ts';
import { aliasNotFound, keyNotFound } from '../keys/key-reference.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import type { Key } from '../keys/key.ts';
import type { ServiceTime } from '../keys/service-time.ts';
import { keyDestroyed } from '../keys/tombstone.ts';
import { type ImportKeyRow, type Snapshot, type Store, StoreConflict } from '../storage/store.ts';
import { decodeAlias } from './alias-record.ts';
import type { MaterialChange } from './change.ts';
import { decodeClientTokenUse } from './client-token-record.ts';
import { decodeKey } from './key-record.ts';
import { decodeServiceTime } from './mark-record.ts';
import { decodeMaterial } from './material-record.ts';
import { type RowSeal, type SealedRow, primaryKeyOf } from './row-seal.ts';
import { orUnavailable } from './store-outage.ts';
import { decodeTombstone } from './tombstone-record.ts';

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

  /** Throws KEY_NOT_FOUND, KEY_DESTROYED. */
  async key(keyId: KeyId): Promise<Key> {
    const key = await this.findKey(keyId);
    if (key !== undefined) return key;
    const tombstone = await this.#seen(this.#store.readTombstone(keyId));
    throw tombstone === undefined ? keyNotFound(keyId) : keyDestroyed(this.#open(tombstone, decodeTombstone));
  }

  async findKey(keyId: KeyId): Promise<Key | undefined> {
    const row = await this.#seen(this.#store.readKey(keyId));
    return row && this.#open(row, decodeKey);
  }

  async hasKeys(): Promise<boolean> {
    return (await this.#seen(this.#store.listKeys({ after: undefined, limit: 1 }))).length > 0;
  }

  async isDestroyed(keyId: KeyId): Promise<boolean> {
    return (await this.#seen(this.#store.readTombstone(keyId))) !== undefined;
  }

  /** A backing key of any key. */
  async material(keyMaterialId: KeyMaterialId): Promise<MaterialChange | undefined> {
    const row = await this.#seen(this.#store.readMaterial(keyMaterialId));
    return row && { material: this.#open(row, decodeMaterial), storedKey: row.storedKey };
  }

  /** All backing keys of a key, oldest first. */
  async materials(keyId: KeyId): Promise<readonly MaterialChange[]> {
    const found: MaterialChange[] = [];
    for (;;) {
      const page = { after: found.at(-1)?.material.sequence, limit: pageRows };
      const rows = await this.#seen(this.#store.listMaterials(keyId, page));
      found.push(...rows.map((row) => ({ material: this.#open(row, decodeMaterial), storedKey: row.storedKey })));
      if (rows.length < pageRows) return found;
    }
  }

  async importKeys(): Promise<readonly ImportKeyRow[]> {
    return this.#seen(this.#store.readImportKeys());
  }

  async serviceTime(): Promise<ServiceTime | undefined> {
    const row = await this.#seen(this.#store.readMark('time'));
    return row && this.#open(row, decodeServiceTime);
  }

  /** Whether the store ever held keys whose material others know. */
  async isInsecure(): Promise<boolean> {
    return (await this.#seen(this.#store.readMark('insecure'))) !== undefined;
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

const pageRows = 1000;
