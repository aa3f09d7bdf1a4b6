import { parseKeyId } from '../keys/key-id.ts';
import { parseKeyMaterialId } from '../keys/key-material-id.ts';
import { type ImportedBytes, type KeyMaterial, rotationTypes } from '../keys/key-material.ts';
import { keySpecs } from '../keys/key-spec.ts';
import type { MaterialRow } from '../storage/store.ts';
import {
  type RecordFields,
  choiceField,
  encodeRecord,
  flagField,
  groupField,
  optionalField,
  parseRecord,
  parsedField,
  wholeField,
} from './record.ts';

export function encodeMaterial({ rotation, ...material }: KeyMaterial, previous?: Uint8Array): Uint8Array {
  const fields = rotation === undefined ? material : { ...material, rotationType: rotation.type, rotatedAt: rotation.rotatedAt };
  return encodeRecord(fields, knownFields, previous);
}

/** The backing key of an authenticated row; `undefined` when the row's index columns say otherwise than its record. */
export function decodeMaterial(row: MaterialRow): KeyMaterial | undefined {
  const fields = parseRecord(row.record);
  const material: KeyMaterial = {
    keyMaterialId: parsedField(fields, 'keyMaterialId', parseKeyMaterialId),
    keyId: parsedField(fields, 'keyId', parseKeyId),
    keySpec: choiceField(fields, 'keySpec', keySpecs),
    sequence: wholeField(fields, 'sequence'),
    createdAt: wholeField(fields, 'createdAt'),
    ...(fields['rotationType'] === undefined
      ? {}
      : { rotation: { type: choiceField(fields, 'rotationType', rotationTypes), rotatedAt: wholeField(fields, 'rotatedAt') } }),
    ...optionalField(fields, 'imported', importedBytesField),
    ...optionalField(fields, 'compromisedAt', wholeField),
  };
  const columnsAgree =
    material.keyMaterialId === row.keyMaterialId && material.keyId === row.keyId && material.sequence === row.sequence;
  return columnsAgree ? material : undefined;
}

/** Whether imported bytes are there, and until when. */
export function importedBytesField(fields: RecordFields, name: string): ImportedBytes {
  const group = groupField(fields, name);
  return { present: flagField(group, 'present'), ...optionalField(group, 'expiresAt', wholeField) };
}

const knownFields = [
  'version',
  'keyMaterialId',
  'keyId',
  'keySpec',
  'sequence',
  'createdAt',
  'rotationType',
  'rotatedAt',
  'imported',
  'compromisedAt',
] as const;
