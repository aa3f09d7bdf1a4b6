import {
  type AccessTokenRow,
  type AliasRow,
  type Change,
  type ClientTokenRow,
  type GrantRow,
  type GroupRow,
  type KeyCount,
  type KeyRow,
  type MarkName,
  type MarkRow,
  type MaterialRow,
  type Page,
  type PrincipalRow,
  type Row,
  type RowKind,
  type Snapshot,
  type Store,
  StoreConflict,
  type TombstoneRow,
  type UsesRow,
  type UsesSum,
} from '../../src/storage/store.ts';
import { Draft, uniqueKey } from './memory-draft.ts';

/**
 * A store in memory that keeps the contract. Stores over the same contents behave like the nodes of one shared database,
 * and one opened after another like a restart. It keeps the rows it is given, not copies: whoever changes a row that was
 * passed in or out, which the contract forbids, is found out.
 */
export function openMemoryStore(options: { readonly contents?: MemoryContents; readonly faults?: StoreFaults } = {}): Store {
  return new MemoryStore(options.contents ?? new MemoryContents(), options.faults ?? {});
}

/** Hooks may be set and cleared while the store is in use. */
export interface StoreFaults {
  /** Runs before the operation. Throwing: nothing was read or applied. Waiting: the operation starts later. */
  before?: FaultHook | undefined;
  /** Runs after the operation. Throwing: it was applied and the answer is lost. Waiting: the answer arrives late, and stale. */
  after?: FaultHook | undefined;
}

type FaultHook = (operation: StoreOperation, change?: Change) => void | Promise<void>;
type StoreOperation = Exclude<keyof Store, 'version' | 'usesSince' | 'close'>;

/** What the disk would hold. */
export class MemoryContents {
  counter = 0;
  /** By every unique key of the row (see `memory-draft.ts`); the primary key comes first. */
  readonly rows = new Map<string, Row>();
  /** By key id, then by key material id. */
  readonly uses = new Map<string, Map<string, UsesRow>>();
}

class MemoryStore implements Store {
  readonly version = 4;
  readonly usesSince = 0;
  readonly #contents: MemoryContents;
  readonly #faults: StoreFaults;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closed = false;

  constructor(contents: MemoryContents, faults: StoreFaults) {
    this.#contents = contents;
    this.#faults = faults;
  }

  readDomainKeys() {
    return this.#read('readDomainKeys', () => this.#rows('domain-key'));
  }

  readKey(keyId: string) {
    return this.#read('readKey', () => this.#find<KeyRow>('key', keyId));
  }

  readMaterial(keyMaterialId: string) {
    return this.#read('readMaterial', () => this.#find<MaterialRow>('material', keyMaterialId));
  }

  readMaterials(keyMaterialIds: readonly string[]) {
    return this.#read('readMaterials', () => this.#rows('material').filter((row) => keyMaterialIds.includes(row.keyMaterialId)));
  }

  readAlias(aliasName: string) {
    return this.#read('readAlias', () => this.#find<AliasRow>('alias', aliasName));
  }

  readClientToken(scope: string, token: string) {
    return this.#read('readClientToken', () => this.#find<ClientTokenRow>('client-token', scope, token));
  }

  readTombstone(keyId: string) {
    return this.#read('readTombstone', () => this.#find<TombstoneRow>('tombstone', keyId));
  }

  readMark(name: MarkName) {
    return this.#read('readMark', () => this.#find<MarkRow>('mark', name));
  }

  readImportKeys() {
    return this.#read('readImportKeys', () =>
      this.#sorted('import-key', (row) => row.id).toSorted((a, b) => a.createdAt - b.createdAt),
    );
  }

  listKeysToLookAt(now: number, { after, limit }: Page<string>) {
    return this.#read('listKeysToLookAt', () => {
      const rows = this.#sorted('key', (row) => row.keyId);
      return rows.filter((row) => isAfter(row.keyId, after) && (row.nextLookAt ?? Infinity) <= now).slice(0, limit);
    });
  }

  listKeys({ after, limit }: Page<string>) {
    return this.#read('listKeys', () => {
      const rows = this.#sorted('key', (row) => row.keyId);
      return rows.filter((row) => isAfter(row.keyId, after)).slice(0, limit);
    });
  }

  listMaterials(keyId: string, { after, limit }: Page<number>) {
    return this.#read('listMaterials', () => {
      const rows = this.#rows('material').filter((row) => row.keyId === keyId && row.sequence > (after ?? 0));
      return rows.toSorted((a, b) => a.sequence - b.sequence).slice(0, limit);
    });
  }

  listAliases({ after, limit }: Page<string>, keyId?: string) {
    return this.#read('listAliases', () => {
      const rows = this.#sorted('alias', (row) => row.aliasName);
      const listed = rows.filter((row) => isAfter(row.aliasName, after) && (keyId === undefined || row.keyId === keyId));
      return listed.slice(0, limit);
    });
  }

  countKeys(now: number) {
    return this.#read('countKeys', () => countedKeys(this.#rows('key'), now));
  }

  readPrincipal(principalId: string) {
    return this.#read('readPrincipal', () => this.#find<PrincipalRow>('principal', principalId));
  }

  readPrincipalByPath(path: string) {
    return this.#read('readPrincipalByPath', () => this.#find<PrincipalRow>('path', path));
  }

  readPrincipalBySubject(subject: string) {
    return this.#read('readPrincipalBySubject', () => this.#find<PrincipalRow>('subject', subject));
  }

  listPrincipals({ after, limit }: Page<string>) {
    return this.#read('listPrincipals', () => {
      const rows = this.#sorted('principal', (row) => row.path);
      return rows.filter((row) => isAfter(row.path, after)).slice(0, limit);
    });
  }

  countPrincipals() {
    return this.#read('countPrincipals', () => this.#rows('principal').length);
  }

  readAccessToken(tokenId: string) {
    return this.#read('readAccessToken', () => this.#find<AccessTokenRow>('access-token', tokenId));
  }

  listAccessTokens(principalId: string, { after, limit }: Page<string>) {
    return this.#read('listAccessTokens', () => {
      const rows = this.#sorted('access-token', (row) => row.tokenId);
      return rows.filter((row) => row.principalId === principalId && isAfter(row.tokenId, after)).slice(0, limit);
    });
  }

  readGroup(groupName: string) {
    return this.#read('readGroup', () => this.#find<GroupRow>('group', groupName));
  }

  listGroups({ after, limit }: Page<string>) {
    return this.#read('listGroups', () => {
      const rows = this.#sorted('group', (row) => row.groupName);
      return rows.filter((row) => isAfter(row.groupName, after)).slice(0, limit);
    });
  }

  readGrant(grantId: string) {
    return this.#read('readGrant', () => this.#find<GrantRow>('grant', grantId));
  }

  listGrants(keyId: string, page: Page<string>, granteeId?: string) {
    return this.#read('listGrants', () =>
      this.#grants(page, (row) => row.keyId === keyId && (granteeId === undefined || row.granteeId === granteeId)),
    );
  }

  listGrantsToRetire(retiringId: string, page: Page<string>) {
    return this.#read('listGrantsToRetire', () => this.#grants(page, (row) => row.retiringId === retiringId));
  }

  readGrantsByName(keyId: string, name: string, granteeId?: string) {
    const isMeant = (row: GrantRow) => row.keyId === keyId && row.name === name;
    return this.#read('readGrantsByName', () =>
      this.#grants(everything, (row) => isMeant(row) && (granteeId === undefined || row.granteeId === granteeId)),
    );
  }

  countGrants(keyId: string) {
    return this.#read('countGrants', () => this.#rows('grant').filter((row) => row.keyId === keyId).length);
  }

  commit(change: Change, { expectedCounter }: { readonly expectedCounter: number }): Promise<number> {
    return this.#run('commit', () => applyChange(this.#contents, change, expectedCounter), change);
  }

  addUses(added: readonly UsesRow[]): Promise<void> {
    return this.#run('addUses', () => {
      for (const row of added) this.#addUses(row);
    });
  }

  readUses(keyId: string, keyMaterialIds: readonly string[]): Promise<readonly UsesRow[]> {
    return this.#run('readUses', () => this.#usesOf(keyId).filter((row) => keyMaterialIds.includes(row.keyMaterialId)));
  }

  sumUses(keyId: string): Promise<UsesSum | undefined> {
    return this.#run('sumUses', () => {
      const rows = this.#usesOf(keyId);
      return rows.length === 0 ? undefined : rows.reduce<UsesSum>(sumOf, noUses);
    });
  }

  async close(): Promise<void> {
    this.#refuseClosed();
    this.#closed = true;
    await Promise.allSettled(this.#inFlight);
  }

  #read<T>(operation: StoreOperation, read: () => T): Promise<Snapshot<T>> {
    return this.#run(operation, () => ({ counter: this.#contents.counter, value: read() }));
  }

  async #run<T>(operation: StoreOperation, action: () => T, change?: Change): Promise<T> {
    this.#refuseClosed();
    const running = this.#withFaults(operation, action, change);
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }

  async #withFaults<T>(operation: StoreOperation, action: () => T, change?: Change): Promise<T> {
    await this.#faults.before?.(operation, change);
    const answer = action();
    await this.#faults.after?.(operation, change);
    return answer;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Error('The store is closed.');
  }

  #addUses(row: UsesRow): void {
    const { keyMaterialId } = row;
    const keyId = this.#find<MaterialRow>('material', keyMaterialId)?.keyId;
    if (keyId === undefined || this.#find<KeyRow>('key', keyId) === undefined) return;
    const ofKey = this.#contents.uses.get(keyId) ?? new Map<string, UsesRow>();
    ofKey.set(keyMaterialId, { keyMaterialId, ...sumOf(ofKey.get(keyMaterialId) ?? noUses, row) });
    this.#contents.uses.set(keyId, ofKey);
  }

  #usesOf(keyId: string): UsesRow[] {
    return [...(this.#contents.uses.get(keyId)?.values() ?? [])];
  }

  #grants({ after, limit }: Page<string>, isMeant: (row: GrantRow) => boolean): GrantRow[] {
    const rows = this.#sorted('grant', (row) => row.grantId);
    return rows.filter((row) => isMeant(row) && isAfter(row.grantId, after)).slice(0, limit);
  }

  #find<R extends Row>(kind: R['kind'] | 'path' | 'subject', ...key: readonly string[]): R | undefined {
    const row = this.#contents.rows.get(uniqueKey(kind, ...key));
    return row as R | undefined; // The kind is the first part of the key; paths and subjects are of principals.
  }

  #rows<K extends RowKind>(kind: K): Extract<Row, { readonly kind: K }>[] {
    const isOfKind = (row: Row): row is Extract<Row, { readonly kind: K }> => row.kind === kind;
    return [...new Set(this.#contents.rows.values())].filter(isOfKind);
  }

  #sorted<K extends RowKind>(kind: K, name: (row: Extract<Row, { readonly kind: K }>) => string) {
    return this.#rows(kind).toSorted((a, b) => compareBytes(name(a), name(b)));
  }
}

/** Answers the counter after the change. Writes go to a draft first, so that throwing leaves nothing behind. */
function applyChange(contents: MemoryContents, change: Change, expectedCounter: number): number {
  if (contents.counter !== expectedCounter) {
    throw new StoreConflict(`The store's counter is ${contents.counter}, the change expects ${expectedCounter}.`);
  }

  const draft = new Draft(contents.rows);
  const expiredAt = change.deleteClientTokensExpiredAt ?? Number.NEGATIVE_INFINITY;
  for (const row of contents.rows.values()) {
    if (row.kind === 'client-token' && row.expiresAt <= expiredAt) draft.remove(row);
  }
  for (const row of change.insert ?? []) draft.insert(row);
  for (const row of change.update ?? []) draft.update(row);
  for (const aliasName of change.deleteAliases ?? []) draft.removeNamed('alias', aliasName);
  for (const tokenId of change.deleteAccessTokens ?? []) draft.removeNamed('access-token', tokenId);
  for (const groupName of change.deleteGroups ?? []) draft.removeNamed('group', groupName);
  for (const grantId of change.deleteGrants ?? []) draft.removeNamed('grant', grantId);
  for (const keyId of change.deleteKeys ?? []) draft.removeKey(keyId);
  for (const id of change.deleteImportKeys ?? []) draft.removeNamed('import-key', id);

  draft.applyTo(contents.rows);
  for (const keyId of change.deleteKeys ?? []) contents.uses.delete(keyId);
  contents.counter += 1;
  return contents.counter;
}

function sumOf(a: UsesSum, b: UsesSum): UsesSum {
  const limited = (sum: number) => Math.min(sum, Number.MAX_SAFE_INTEGER);
  return {
    encryptions: limited(a.encryptions + b.encryptions),
    decryptions: limited(a.decryptions + b.decryptions),
    plaintextBytes: limited(a.plaintextBytes + b.plaintextBytes),
    firstUsedAt: Math.min(a.firstUsedAt, b.firstUsedAt),
    lastUsedAt: Math.max(a.lastUsedAt, b.lastUsedAt),
  };
}

const noUses: UsesSum = { encryptions: 0, decryptions: 0, plaintextBytes: 0, firstUsedAt: Infinity, lastUsedAt: 0 };

function countedKeys(rows: readonly KeyRow[], now: number): readonly KeyCount[] {
  const counts = new Map<string, KeyCount>();
  for (const { disabled, pendingDeletion, insecure, pendingImportAt } of rows) {
    const kind = { disabled, pendingDeletion, insecure, pendingImport: pendingImportAt !== null && pendingImportAt <= now };
    const name = JSON.stringify(kind);
    counts.set(name, { ...kind, count: (counts.get(name)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

function isAfter(name: string, cursor: string | undefined): boolean {
  return cursor === undefined || compareBytes(name, cursor) > 0;
}

/** The order of UTF-8 bytes; the order of UTF-16 units, which `<` uses, is another. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const everything = { after: undefined, limit: Infinity };
