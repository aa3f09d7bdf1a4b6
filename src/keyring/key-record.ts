import { parseKeyId } from '../keys/key-id.ts';
import { parseKeyMaterialId } from '../keys/key-material-id.ts';
import { keyManagers, keyOrigins, keySpecs, keyUsages } from '../keys/key-spec.ts';
import type { Key } from '../keys/key.ts';
import type { KeyRow } from '../storage/store.ts';
import { choiceField, encodeRecord, flagField, parseRecord, parsedField, textField, wholeField } from './record.ts';

export function encodeKey(key: Key, previous?: Uint8Array): Uint8Array {
  return encodeRecord({ ...key }, knownFields, previous);
}

/** The key of an authenticated row; `undefined` when the row's index columns say otherwise than its record. */
export function decodeKey(row: KeyRow): Key | undefined {
  const fields = parseRecord(row.record);
  const key: Key = {
    keyId: parsedField(fields, 'keyId', parseKeyId),
    keySpec: choiceField(fields, 'keySpec', keySpecs),
    keyUsage: choiceField(fields, 'keyUsage', keyUsages),
    origin: choiceField(fields, 'origin', keyOrigins),
    keyManager: choiceField(fields, 'keyManager', keyManagers),
    description: textField(fields, 'description'),
    createdAt: wholeField(fields, 'createdAt'),
    disabled: flagField(fields, 'disabled'),
    currentKeyMaterialId: parsedField(fields, 'currentKeyMaterialId', parseKeyMaterialId),
    materialCount: wholeField(fields, 'materialCount'),
    ...(fields['lastRotatedAt'] === undefined ? {} : { lastRotatedAt: wholeField(fields, 'lastRotatedAt') }),
  };
  return key.keyId === row.keyId && key.disabled === row.disabled ? key : undefined;
}

const knownFields = [
  'version',
  'keyId',
  'keySpec',
  'keyUsage',
  'origin',
  'keyManager',
  'description',
  'createdAt',
  'disabled',
  'currentKeyMaterialId',
  'materialCount',
  'lastRotatedAt',
] as const satisfies readonly (keyof Key | 'version')[];
