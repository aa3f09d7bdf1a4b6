import { type Alias, parseAliasName } from '../keys/alias.ts';
import { parseKeyId } from '../keys/key-id.ts';
import type { AliasRow } from '../storage/store.ts';
import { encodeRecord, parseRecord, parsedField, wholeField } from './record.ts';

export function encodeAlias(alias: Alias, previous?: Uint8Array): Uint8Array {
  return encodeRecord({ ...alias }, knownFields, previous);
}

/** The alias of an authenticated row; `undefined` when the row's index columns say otherwise than its record. */
export function decodeAlias(row: AliasRow): Alias | undefined {
  const fields = parseRecord(row.record);
  const alias: Alias = {
    aliasName: parsedField(fields, 'aliasName', parseAliasName),
    keyId: parsedField(fields, 'keyId', parseKeyId),
    createdAt: wholeField(fields, 'createdAt'),
    updatedAt: wholeField(fields, 'updatedAt'),
  };
  return alias.aliasName === row.aliasName && alias.keyId === row.keyId ? alias : undefined;
}

const knownFields = ['version', 'aliasName', 'keyId', 'createdAt', 'updatedAt'] as const satisfies readonly (
  keyof Alias | 'version'
)[];
