import type { AccessToken, AccessTokenId } from '../access/access-token.ts';
import type { Grant } from '../access/grant.ts';
import type { Group } from '../access/group.ts';
import type { Principal, PrincipalId } from '../access/principal.ts';
import { type Alias, type AliasName, maxAliasesPerKey } from '../keys/alias.ts';
import type { ClientToken, ClientTokenUse } from '../keys/client-token.ts';
import type { KeyId } from '../keys/key-id.ts';
import { aliasNotFound, keyNotFound } from '../keys/key-reference.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import type { Key } from '../keys/key.ts';
import type { ServiceTime } from '../keys/service-time.ts';
import { keyDestroyed } from '../keys/tombstone.ts';
import {
  type AccessTokenRow,
  type GrantRow,
  type ImportKeyRow,
  type Page,
  type Snapshot,
  type Store,
  StoreConflict,
} from '../storage/store.ts';
import type { GrantPlace } from './access-change.ts';
import { decodeAccessToken } from './access-token-record.ts';
import { decodeAlias } from './alias-record.ts';
import type { MaterialChange } from './change.ts';
import { decodeClientTokenUse } from './client-token-record.ts';
import { decodeGrant } from './grant-record.ts';
import { decodeGroup } from './group-record.ts';
import { decodeKey } from './key-record.ts';
import { decodeServiceTime } from './mark-record.ts';
import { decodeMaterial } from './material-record.ts';
import { decodePrincipal } from './principal-record.ts';
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
    const rows = await this.#all(
      (page: Page<number>) => this.#store.listMaterials(keyId, page),
      ({ sequence }) => sequence,
    );
    return rows.map((row) => ({ material: this.#open(row, decodeMaterial), storedKey: row.storedKey }));
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

  async aliasNames(keyId: KeyId): Promise<readonly AliasName[]> {
    const rows = await this.#seen(this.#store.listAliases({ after: undefined, limit: maxAliasesPerKey }, keyId));
    return rows.map((row) => this.#open(row, decodeAlias).aliasName);
  }

  async findPrincipal(principalId: PrincipalId): Promise<Principal | undefined> {
    const row = await this.#seen(this.#store.readPrincipal(principalId));
    return row && this.#open(row, decodePrincipal);
  }

  async findPrincipalByPath(path: string): Promise<Principal | undefined> {
    const row = await this.#seen(this.#store.readPrincipalByPath(path));
    return row && this.#open(row, decodePrincipal);
  }

  async findPrincipalBySubject(subject: string): Promise<Principal | undefined> {
    const row = await this.#seen(this.#store.readPrincipalBySubject(subject));
    return row && this.#open(row, decodePrincipal);
  }

  /** Deleted principals are counted too. */
  async principalCount(): Promise<number> {
    return this.#seen(this.#store.countPrincipals());
  }

  async findAccessToken(tokenId: AccessTokenId): Promise<AccessToken | undefined> {
    const row = await this.#seen(this.#store.readAccessToken(tokenId));
    return row && this.#open(row, decodeAccessToken);
  }

  /** All access tokens of a principal. */
  async accessTokens(principalId: PrincipalId): Promise<readonly AccessToken[]> {
    const rows = await this.#accessTokenRows(principalId);
    return rows.map((row) => this.#open(row, decodeAccessToken));
  }

  /** Ids of all access tokens of a principal; does not look at what they say. */
  async accessTokenIds(principalId: PrincipalId): Promise<readonly string[]> {
    const rows = await this.#accessTokenRows(principalId);
    return rows.map(({ tokenId }) => tokenId);
  }

  async findGroup(name: string): Promise<Group | undefined> {
    const row = await this.#seen(this.#store.readGroup(name));
    return row && this.#open(row, decodeGroup);
  }

  /** Reads the names of all. */
  async groupCount(): Promise<number> {
    const rows = await this.#all(
      (page: Page<string>) => this.#store.listGroups(page),
      ({ groupName }) => groupName,
    );
    return rows.length;
  }

  /** Whether any principal belongs to the group. Reads them all. */
  async hasMembers(groupName: string): Promise<boolean> {
    const pages = this.#pages(
      (page: Page<string>) => this.#store.listPrincipals(page),
      ({ path }) => path,
    );
    for await (const page of pages) {
      if (page.some((row) => this.#seal.open(row, decodePrincipal).groups?.includes(groupName))) return true;
    }
    return false;
  }

  /** `undefined` also for one whose record is not authentic: a grant only ever allows, and such a one allows nothing. */
  async findGrant(grantId: string): Promise<Grant | undefined> {
    const row = await this.#seen(this.#store.readGrant(grantId));
    return row && this.#openGrants([row])[0];
  }

  /** What a grant of this key is found by, so that it can be ended; also when its record is not authentic. */
  async grantPlace({ keyId, grantId }: Pick<Grant, 'keyId' | 'grantId'>): Promise<GrantPlace | undefined> {
    const row = await this.#seen(this.#store.readGrant(grantId));
    if (row?.keyId !== keyId) return undefined;
    return this.#openGrants([row])[0] ?? { keyId, grantId };
  }

  /** All grants of a key to a principal whose records are authentic. */
  async grantsTo(granteeId: PrincipalId, keyId: KeyId): Promise<readonly Grant[]> {
    const rows = await this.#all(
      (page: Page<string>) => this.#store.listGrants(keyId, page, granteeId),
      ({ grantId }) => grantId,
    );
    return this.#openGrants(rows);
  }

  /** How many grants of a key a principal has, also ones whose records are not authentic; `most` when there are more. */
  async grantCountTo(granteeId: PrincipalId, keyId: KeyId, most: number): Promise<number> {
    const rows = await this.#seen(this.#store.listGrants(keyId, { after: undefined, limit: most }, granteeId));
    return rows.length;
  }

  /** Grants of a key to a principal that have this name, and authentic records. */
  async grantsNamed(name: string, granteeId: PrincipalId, keyId: KeyId): Promise<readonly Grant[]> {
    const rows = await this.#seen(this.#store.readGrantsByName(keyId, name, granteeId));
    return this.#openGrants(rows);
  }

  async grantCount(keyId: KeyId): Promise<number> {
    return this.#seen(this.#store.countGrants(keyId));
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

  #accessTokenRows(principalId: PrincipalId): Promise<readonly AccessTokenRow[]> {
    return this.#all(
      (page: Page<string>) => this.#store.listAccessTokens(principalId, page),
      ({ tokenId }) => tokenId,
    );
  }

  /** Those of the rows that are authentic. Nothing is ever written over a grant: what its record says beside is not kept. */
  #openGrants(rows: readonly GrantRow[]): readonly Grant[] {
    return rows.map((row) => this.#seal.openListed(row, decodeGrant)).filter((grant) => grant !== undefined);
  }

  #open<Row extends SealedRow, T>(row: Row, decode: (row: Row) => T | undefined): T {
    this.#records.set(`${row.kind} ${primaryKeyOf(row)}`, row.record);
    return this.#seal.open(row, decode);
  }

  async #all<Row, Cursor>(list: ListRows<Row, Cursor>, cursorOf: (row: Row) => Cursor): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for await (const page of this.#pages(list, cursorOf)) rows.push(...page);
    return rows;
  }

  async *#pages<Row, Cursor>(list: ListRows<Row, Cursor>, cursorOf: (row: Row) => Cursor): AsyncGenerator<readonly Row[]> {
    let last: Row | undefined;
    do {
      const after = last === undefined ? undefined : cursorOf(last);
      const rows = await this.#seen(list({ after, limit: pageRows }));
      yield rows;
      last = rows.length < pageRows ? undefined : rows.at(-1);
    } while (last !== undefined);
  }

  async #seen<T>(read: Promise<Snapshot<T>>): Promise<T> {
    const { counter, value } = await orUnavailable(read);
    this.#counter ??= counter;
    if (counter !== this.#counter) throw new StoreConflict('The store changed while a decision was being made.');
    return value;
  }
}

type ListRows<Row, Cursor> = (page: Page<Cursor>) => Promise<Snapshot<readonly Row[]>>;

const pageRows = 1000;
