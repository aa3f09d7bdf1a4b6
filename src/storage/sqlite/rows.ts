import type {
  AccessTokenRow,
  AliasRow,
  ClientTokenRow,
  DomainKeyRow,
  GrantRow,
  GroupRow,
  ImportKeyRow,
  KeyCount,
  KeyRow,
  MarkRow,
  MaterialRow,
  PrincipalRow,
  Row,
  RowKind,
  TombstoneRow,
} from '../store.ts';

/** What a statement made by `selectSql` answers: the row's fields by their own names, in SQLite's types. */
export type Columns<R extends Row> = Omit<R, 'kind'>;
export type KeyColumns = Omit<KeyRow, 'kind' | KeyFlag> & { readonly [Flag in KeyFlag]: 0 | 1 };
type KeyFlag = 'disabled' | 'pendingDeletion' | 'insecure';
type CountFlag = Exclude<keyof KeyCount, 'count'>;
export type CountColumns = { readonly [Flag in CountFlag]: 0 | 1 } & Pick<KeyCount, 'count'>;

export const toDomainKeyRow = (columns: Columns<DomainKeyRow>): DomainKeyRow => ({ kind: 'domain-key', ...columns });
export const toImportKeyRow = (columns: Columns<ImportKeyRow>): ImportKeyRow => ({ kind: 'import-key', ...columns });
export const toKeyRow = (columns: KeyColumns): KeyRow => ({
  kind: 'key',
  ...columns,
  disabled: columns.disabled === 1,
  pendingDeletion: columns.pendingDeletion === 1,
  insecure: columns.insecure === 1,
});
export const toKeyCount = (columns: CountColumns): KeyCount => ({
  disabled: columns.disabled === 1,
  pendingDeletion: columns.pendingDeletion === 1,
  pendingImport: columns.pendingImport === 1,
  insecure: columns.insecure === 1,
  count: columns.count,
});
export const toMaterialRow = (columns: Columns<MaterialRow>): MaterialRow => ({ kind: 'material', ...columns });
export const toAliasRow = (columns: Columns<AliasRow>): AliasRow => ({ kind: 'alias', ...columns });
export const toClientTokenRow = (columns: Columns<ClientTokenRow>): ClientTokenRow => ({ kind: 'client-token', ...columns });
export const toTombstoneRow = (columns: Columns<TombstoneRow>): TombstoneRow => ({ kind: 'tombstone', ...columns });
export const toMarkRow = (columns: Columns<MarkRow>): MarkRow => ({ kind: 'mark', ...columns });
export const toPrincipalRow = (columns: Columns<PrincipalRow>): PrincipalRow => ({ kind: 'principal', ...columns });
export const toAccessTokenRow = (columns: Columns<AccessTokenRow>): AccessTokenRow => ({ kind: 'access-token', ...columns });
export const toGroupRow = (columns: Columns<GroupRow>): GroupRow => ({ kind: 'group', ...columns });
export const toGrantRow = (columns: Columns<GrantRow>): GrantRow => ({ kind: 'grant', ...columns });

/** Named parameters of `insertSql` and `updateSql`: the row's fields in SQLite's types. */
export function toParameters(row: Row): object {
  if (row.kind !== 'key') return row;
  const { disabled, pendingDeletion, insecure } = row;
  return { ...row, disabled: Number(disabled), pendingDeletion: Number(pendingDeletion), insecure: Number(insecure) };
}

/** `rest` is what follows the table's name; it speaks of columns, not of fields. */
export function selectSql(kind: RowKind, rest: string): string {
  const { name } = tables[kind];
  const selected = fieldColumns(kind).map(([field, column]) => `${column} AS ${field}`);
  return `SELECT ${selected.join(', ')} FROM ${name} ${rest}`;
}

export function insertSql(kind: RowKind): string {
  const pairs = fieldColumns(kind);
  const columns = pairs.map(([, column]) => column);
  const parameters = pairs.map(([field]) => `@${field}`);
  return `INSERT INTO ${tables[kind].name} (${columns.join(', ')}) VALUES (${parameters.join(', ')})`;
}

/** Replaces every column of the row with this primary key. */
export function updateSql(kind: RowKind): string {
  const { name, primaryKey } = tables[kind];
  const isKey = ([field]: FieldColumn) => primaryKey.some((keyField) => keyField === field);
  const pairs = fieldColumns(kind);
  const changed = pairs.filter((pair) => !isKey(pair)).map(equation);
  const key = pairs.filter(isKey).map(equation);
  return `UPDATE ${name} SET ${changed.join(', ')} WHERE ${key.join(' AND ')}`;
}

function equation([field, column]: FieldColumn): string {
  return `${column} = @${field}`;
}

function fieldColumns(kind: RowKind): readonly FieldColumn[] {
  return Object.entries(tables[kind].columns);
}

type FieldColumn = readonly [field: string, column: string];

type RowOf<K extends RowKind> = Extract<Row, { readonly kind: K }>;

/** The compiler refuses a table that lacks one of its row's fields. */
interface Table<K extends RowKind> {
  readonly name: string;
  readonly primaryKey: readonly (keyof Columns<RowOf<K>>)[];
  readonly columns: { readonly [Field in keyof Columns<RowOf<K>>]: string };
}

const sealedRecord = { record: 'record', domainKeyId: 'domain_key_id', mac: 'mac' };

const tables: { readonly [K in RowKind]: Table<K> } = {
  'domain-key': { name: 'domain_keys', primaryKey: ['id'], columns: { id: 'id', stored: 'stored', createdAt: 'created_at' } },
  'import-key': { name: 'import_keys', primaryKey: ['id'], columns: { id: 'id', stored: 'stored', createdAt: 'created_at' } },
  key: {
    name: 'keys',
    primaryKey: ['keyId'],
    columns: {
      keyId: 'key_id',
      disabled: 'disabled',
      pendingDeletion: 'pending_deletion',
      pendingImportAt: 'pending_import_at',
      nextLookAt: 'next_look_at',
      insecure: 'insecure',
      ...sealedRecord,
    },
  },
  material: {
    name: 'key_materials',
    primaryKey: ['keyMaterialId'],
    columns: {
      keyMaterialId: 'key_material_id',
      keyId: 'key_id',
      sequence: 'sequence',
      storedKey: 'stored_key',
      ...sealedRecord,
    },
  },
  alias: { name: 'aliases', primaryKey: ['aliasName'], columns: { aliasName: 'alias_name', keyId: 'key_id', ...sealedRecord } },
  'client-token': {
    name: 'client_tokens',
    primaryKey: ['scope', 'token'],
    columns: { scope: 'scope', token: 'token', expiresAt: 'expires_at', ...sealedRecord },
  },
  tombstone: { name: 'tombstones', primaryKey: ['keyId'], columns: { keyId: 'key_id', ...sealedRecord } },
  mark: { name: 'marks', primaryKey: ['name'], columns: { name: 'name', ...sealedRecord } },
  principal: {
    name: 'principals',
    primaryKey: ['principalId'],
    columns: { principalId: 'principal_id', path: 'path', subject: 'subject', ...sealedRecord },
  },
  'access-token': {
    name: 'access_tokens',
    primaryKey: ['tokenId'],
    columns: { tokenId: 'token_id', principalId: 'principal_id', expiresAt: 'expires_at', ...sealedRecord },
  },
  group: { name: 'groups', primaryKey: ['groupName'], columns: { groupName: 'group_name', ...sealedRecord } },
  grant: {
    name: 'grants',
    primaryKey: ['grantId'],
    columns: {
      grantId: 'grant_id',
      keyId: 'key_id',
      granteeId: 'grantee_id',
      retiringId: 'retiring_id',
      name: 'name',
      ...sealedRecord,
    },
  },
};
