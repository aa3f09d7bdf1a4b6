import { type ClientTokenUse, parseClientToken } from '../keys/client-token.ts';
import { parseKeyId } from '../keys/key-id.ts';
import { parseKeyMaterialId } from '../keys/key-material-id.ts';
import type { ClientTokenRow } from '../storage/store.ts';
import { encodeRecord, optionalField, parseRecord, parsedField, textField, wholeField } from './record.ts';

export function encodeClientTokenUse(use: ClientTokenUse): Uint8Array {
  return encodeRecord({ ...use }, []);
}

/** The use of an authenticated row; `undefined` when the row's index columns say otherwise than its record. */
export function decodeClientTokenUse(row: ClientTokenRow): ClientTokenUse | undefined {
  const fields = parseRecord(row.record);
  const use: ClientTokenUse = {
    scope: textField(fields, 'scope'),
    token: parsedField(fields, 'token', parseClientToken),
    parameters: textField(fields, 'parameters'),
    expiresAt: wholeField(fields, 'expiresAt'),
    keyId: parsedField(fields, 'keyId', parseKeyId),
    ...optionalField(fields, 'keyMaterialId', (from, name) => parsedField(from, name, parseKeyMaterialId)),
  };
  return use.scope === row.scope && use.token === row.token && use.expiresAt === row.expiresAt ? use : undefined;
}
