import { nextLookAt } from '../keys/due.ts';
import { parseKeyId } from '../keys/key-id.ts';
import { parseKeyMaterialId } from '../keys/key-material-id.ts';
import { keyManagers, keyOrigins, keySpecs, keyUsages } from '../keys/key-spec.ts';
import { pendingImportAt } from '../keys/key-state.ts';
import type { ImportedMaterial, Key, PendingDeletion, SeenDue } from '../keys/key.ts';
import type { RotationSchedule } from '../keys/rotation.ts';
import type { Tag } from '../keys/tag.ts';
import type { KeyRow } from '../storage/store.ts';
import { importedBytesField } from './material-record.ts';
import {
  type RecordFields,
  choiceField,
  encodeRecord,
  flagField,
  groupField,
  listField,
  optionalField,
  pairField,
  parseRecord,
  parsedField,
  textField,
  wholeField,
} from './record.ts';

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
    materialCount: wholeField(fields, 'materialCount'),
    ...optionalField(fields, 'stateChangedAt', wholeField),
    ...optionalField(fields, 'currentKeyMaterialId', materialIdField),
    ...optionalField(fields, 'lastRotatedAt', wholeField),
    ...optionalField(fields, 'onDemandRotations', wholeField),
    ...optionalField(fields, 'rotation', rotationField),
    ...optionalField(fields, 'imported', importedField),
    ...optionalField(fields, 'deletion', deletionField),
    ...optionalField(fields, 'deletionProtected', flagField),
    ...optionalField(fields, 'tags', tagsField),
    ...optionalField(fields, 'insecure', flagField),
    ...optionalField(fields, 'policy', textField),
    ...optionalField(fields, 'policyPrincipals', (from, name) => listField(from, name, pairField)),
  };
  const indexes = Object.entries(keyIndexes(key));
  return indexes.every(([name, value]) => Reflect.get(row, name) === value) ? key : undefined;
}

/** The columns beside a key's record. */
export function keyIndexes(key: Key): KeyIndexes {
  return {
    keyId: key.keyId,
    disabled: key.disabled,
    pendingDeletion: key.deletion !== undefined,
    pendingImportAt: pendingImportAt(key) ?? null,
    nextLookAt: nextLookAt(key) ?? null,
    insecure: key.insecure ?? false,
  };
}

type KeyIndexes = Pick<KeyRow, 'keyId' | 'disabled' | 'pendingDeletion' | 'pendingImportAt' | 'nextLookAt' | 'insecure'>;

function materialIdField(fields: RecordFields, name: string) {
  return parsedField(fields, name, parseKeyMaterialId);
}

function rotationField(fields: RecordFields, name: string): RotationSchedule {
  const group = groupField(fields, name);
  return { periodDays: wholeField(group, 'periodDays'), countedFrom: wholeField(group, 'countedFrom') };
}

function importedField(fields: RecordFields, name: string): ImportedMaterial {
  const group = groupField(fields, name);
  return {
    missing: wholeField(group, 'missing'),
    ...optionalField(group, 'expiresAt', wholeField),
    ...optionalField(group, 'pendingRotationId', materialIdField),
    ...optionalField(group, 'pendingExpiresAt', wholeField),
    ...optionalField(group, 'current', importedBytesField),
    ...optionalField(group, 'due', dueField),
  };
}

function deletionField(fields: RecordFields, name: string): PendingDeletion {
  const group = groupField(fields, name);
  return {
    requestedAt: wholeField(group, 'requestedAt'),
    date: wholeField(group, 'date'),
    ...optionalField(group, 'due', dueField),
  };
}

function dueField(fields: RecordFields, name: string): SeenDue {
  const group = groupField(fields, name);
  return { at: wholeField(group, 'at'), afterRunningMs: wholeField(group, 'afterRunningMs') };
}

/** A list, not an object: a tag may have any name, also one that means something to JavaScript. */
export function tagsField(fields: RecordFields, name: string): readonly Tag[] {
  return listField(fields, name, (from, item) => {
    const tag = groupField(from, item);
    return { key: textField(tag, 'key'), value: textField(tag, 'value') };
  });
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
  'stateChangedAt',
  'currentKeyMaterialId',
  'materialCount',
  'lastRotatedAt',
  'onDemandRotations',
  'rotation',
  'imported',
  'deletion',
  'deletionProtected',
  'tags',
  'insecure',
  'policy',
  'policyPrincipals',
] as const satisfies readonly (keyof Key | 'version')[];
