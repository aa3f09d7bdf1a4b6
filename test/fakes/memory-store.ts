import {
  type AliasRow,
  type Change,
  type ClientTokenRow,
  type KeyCount,
  type KeyRow,
  type MarkName,
  type MarkRow,
  type MaterialRow,
  type Page,
  type Row,
  type RowKind,
  type Snapshot,
  type Store,
  StoreConflict,
  type TombstoneRow,
  type UsesRow,
  type UsesSum,
} from '../../src/storage/store.ts';

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
  /** By every unique key of the row (see `uniqueKeys`); the primary key comes first. */
  readonly rows = new Map<string, Row>();
  /** By key id, then by key material id. */
  readonly uses = new Map<string, Map<string, UsesRow>>();
}

class MemoryStore implements Store {
  readonly version = 3;
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

  #find<R extends Row>(kind: R['kind'], ...primaryKey: readonly string[]): R | undefined {
    const row = this.#contents.rows.get(uniqueKey(kind, ...primaryKey));
    return row as R | undefined; // The kind is the first part of the key.
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
  for (const aliasName of change.deleteAliases ?? []) draft.removeAlias(aliasName);
  for (const keyId of change.deleteKeys ?? []) draft.removeKey(keyId);
  for (const id of change.deleteImportKeys ?? []) draft.removeImportKey(id);

  draft.applyTo(contents.rows);
  for (const keyId of change.deleteKeys ?? []) contents.uses.delete(keyId);
  contents.counter += 1;
  return contents.counter;
}

/** Changed entries over a map of rows. */
class Draft {
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #changed = new Map<string, Row | undefined>();

  constructor(rows: ReadonlyMap<string, Row>) {
    this.#rows = rows;
  }

  insert(row: Row): void {
    const taken = uniqueKeys(row).find((key) => this.#at(key) !== undefined);
    if (taken !== undefined) throw new Error(`The row to insert exists: ${taken}.`);
    for (const key of uniqueKeys(row)) this.#changed.set(key, row);
  }

  update(row: Row): void {
    if (row.kind === 'domain-key' || row.kind === 'import-key' || row.kind === 'tombstone')
      throw new Error(`A ${row.kind} row is never updated.`);
    const previous = this.#at(uniqueKeys(row)[0]);
    if (previous === undefined) throw new Error(`The ${row.kind} row to update does not exist.`);
    this.remove(previous);
    this.insert(row);
  }

  removeAlias(aliasName: string): void {
    const row = this.#at(uniqueKey('alias', aliasName));
    if (row !== undefined) this.remove(row);
  }

  /** The key and its aliases go; its backing keys stay, without their bytes. */
  removeKey(keyId: string): void {
    for (const row of this.#all()) {
      if ((row.kind === 'key' || row.kind === 'alias') && row.keyId === keyId) this.remove(row);
      if (row.kind === 'material' && row.keyId === keyId) this.update({ ...row, storedKey: Buffer.alloc(0) });
    }
  }

  removeImportKey(id: string): void {
    const row = this.#at(uniqueKey('import-key', id));
    if (row !== undefined) this.remove(row);
  }

  remove(row: Row): void {
    for (const key of uniqueKeys(row)) this.#changed.set(key, undefined);
  }

  applyTo(rows: Map<string, Row>): void {
    for (const [key, row] of this.#changed) {
      if (row === undefined) rows.delete(key);
      else rows.set(key, row);
    }
  }

  #all(): ReadonlySet<Row> {
    const keys = new Set([...this.#rows.keys(), ...this.#changed.keys()]);
    return new Set([...keys].flatMap((key) => this.#at(key) ?? []));
  }

  #at(key: string): Row | undefined {
    return this.#changed.has(key) ? this.#changed.get(key) : this.#rows.get(key);
  }
}

/** The primary key, then whatever else no two rows may share. */
function uniqueKeys(row: Row): readonly [string, ...string[]] {
  switch (row.kind) {
    case 'domain-key':
    case 'import-key':
      return [uniqueKey(row.kind, row.id)];
    case 'key':
    case 'tombstone':
      return [uniqueKey(row.kind, row.keyId)];
    case 'material':
      return [uniqueKey(row.kind, row.keyMaterialId), uniqueKey('sequence', row.keyId, row.sequence)];
    case 'alias':
      return [uniqueKey(row.kind, row.aliasName)];
    case 'client-token':
      return [uniqueKey(row.kind, row.scope, row.token)];
    case 'mark':
      return [uniqueKey(row.kind, row.name)];
  }
}

function uniqueKey(what: RowKind | 'sequence', ...parts: readonly (string | number)[]): string {
  return JSON.stringify([what, ...parts]);
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
