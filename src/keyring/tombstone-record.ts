import { parseKeyId } from '../keys/key-id.ts';
import type { Tombstone } from '../keys/tombstone.ts';
import type { TombstoneRow } from '../storage/store.ts';
import { encodeRecord, parseRecord, parsedField, wholeField } from './record.ts';

export function encodeTombstone(tombstone: Tombstone): Uint8Array {
  return encodeRecord({ ...tombstone }, []);
}

/** The tombstone of an authenticated row; `undefined` when the row's key is another than its record's. */
export function decodeTombstone(row: TombstoneRow): Tombstone | undefined {
  const fields = parseRecord(row.record);
  const tombstone: Tombstone = {
    keyId: parsedField(fields, 'keyId', parseKeyId),
    createdAt: wholeField(fields, 'createdAt'),
    deletionRequestedAt: wholeField(fields, 'deletionRequestedAt'),
    destroyedAt: wholeField(fields, 'destroyedAt'),
    materialCount: wholeField(fields, 'materialCount'),
  };
  return tombstone.keyId === row.keyId ? tombstone : undefined;
}
