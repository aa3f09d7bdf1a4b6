import type { Row, RowKind } from '../../src/storage/store.ts';

/** Changed entries over a map of rows. */
export class Draft {
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
    if (row.kind === 'domain-key' || row.kind === 'import-key' || row.kind === 'tombstone' || row.kind === 'grant')
      throw new Error(`A ${row.kind} row is never updated.`);
    const previous = this.#at(uniqueKeys(row)[0]);
    if (previous === undefined) throw new Error(`The ${row.kind} row to update does not exist.`);
    this.remove(previous);
    this.insert(row);
  }

  /** The key, its aliases and its grants go; its backing keys stay, without their bytes. */
  removeKey(keyId: string): void {
    for (const row of this.#all()) {
      if ((row.kind === 'key' || row.kind === 'alias' || row.kind === 'grant') && row.keyId === keyId) this.remove(row);
      if (row.kind === 'material' && row.keyId === keyId) this.update({ ...row, storedKey: Buffer.alloc(0) });
    }
  }

  /** The row with this primary key, if there is one. */
  removeNamed(kind: RowKind, primaryKey: string): void {
    const row = this.#at(uniqueKey(kind, primaryKey));
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
    case 'principal': {
      const subject = row.subject === null ? [] : [uniqueKey('subject', row.subject)];
      return [uniqueKey(row.kind, row.principalId), uniqueKey('path', row.path), ...subject];
    }
    case 'access-token':
      return [uniqueKey(row.kind, row.tokenId)];
    case 'group':
      return [uniqueKey(row.kind, row.groupName)];
    case 'grant':
      return [uniqueKey(row.kind, row.grantId)];
  }
}

export function uniqueKey(what: RowKind | 'sequence' | 'path' | 'subject', ...parts: readonly (string | number)[]): string {
  return JSON.stringify([what, ...parts]);
}
