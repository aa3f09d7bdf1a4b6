import type { NativeKeyTable } from '../crypto/native.ts';
import type { Row as StoreRow, SealedRecord } from '../storage/store.ts';
import { RefusedRecord } from './refused-record.ts';

/** Rows whose record is believed only with its MAC. */
export type SealedRow = Extract<StoreRow, SealedRecord>;
export type SealedKind = SealedRow['kind'];

/** Seals records, and refuses rows that are not as this service wrote them. */
export interface RowSeal {
  seal(kind: SealedKind, primaryKey: string, record: Uint8Array): SealedRecord;
  /** Decodes a row after checking its MAC and its index columns. Throws `RefusedRecord`, and counts. */
  open<Row extends SealedRow, T>(row: Row, decode: (row: Row) => T | undefined): T;
  /** The same for lists: `undefined` instead of an error, so that one bad row does not hide the others. Counts too. */
  openListed<Row extends SealedRow, T>(row: Row, decode: (row: Row) => T | undefined): T | undefined;
  /** Counts a row that is not as this service wrote it, and makes the error to throw. */
  refuse(row: SealedRow): RefusedRecord;
}

/** `domainKeyId` (16 bytes) seals; any domain key in the table opens. `onRefused` is told of each row that is not believed. */
export function rowSeal(
  table: MacTable,
  domainKeyId: Uint8Array,
  onRefused: (kind: SealedKind, primaryKey: string) => void,
): RowSeal {
  const believed = <Row extends SealedRow, T>(row: Row, decode: (row: Row) => T | undefined): T | undefined => {
    const authentic = table.verifyRowMac(row.domainKeyId, row.kind, primaryKeyOf(row), row.record, row.mac);
    return authentic ? decode(row) : undefined;
  };
  const refuse = (row: SealedRow): RefusedRecord => {
    const primaryKey = primaryKeyOf(row);
    onRefused(row.kind, primaryKey);
    return new RefusedRecord(
      `The store's record of ${row.kind} ${primaryKey} is not authentic; ${row.kind === 'alias' ? 'delete the alias, or ' : ''}restore it from a backup.`,
    );
  };
  return {
    seal: (kind, primaryKey, record) => ({ record, domainKeyId, mac: table.rowMac(domainKeyId, kind, primaryKey, record) }),
    open: (row, decode) => {
      const value = believed(row, decode);
      if (value === undefined) throw refuse(row);
      return value;
    },
    openListed: (row, decode) => {
      const value = believed(row, decode);
      if (value === undefined) refuse(row);
      return value;
    },
    refuse,
  };
}

/** A row's primary key as one string, which its MAC covers. */
export function primaryKeyOf(row: SealedRow): string {
  switch (row.kind) {
    case 'key':
    case 'tombstone':
      return row.keyId;
    case 'material':
      return row.keyMaterialId;
    case 'alias':
      return row.aliasName;
    case 'client-token':
      return clientTokenPrimaryKey(row.scope, row.token);
    case 'mark':
      return row.name;
    case 'principal':
      return row.principalId;
    case 'access-token':
      return row.tokenId;
    case 'group':
      return row.groupName;
    case 'grant':
      return row.grantId;
  }
}

/** A scope may hold spaces, a token none: the two cannot run into each other. */
export function clientTokenPrimaryKey(scope: string, token: string): string {
  return `${scope} ${token}`;
}

type MacTable = Pick<NativeKeyTable, 'rowMac' | 'verifyRowMac'>;
