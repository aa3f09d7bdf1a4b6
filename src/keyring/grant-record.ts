import { type Grant, type GrantConstraints, type GrantOperation, grantOperations } from '../access/grant.ts';
import { parsePrincipalId } from '../access/principal.ts';
import { parseKeyId } from '../keys/key-id.ts';
import type { GrantRow } from '../storage/store.ts';
import {
  type RecordFields,
  encodeRecord,
  groupField,
  listField,
  optionalField,
  pairField,
  parseRecord,
  parsedField,
  textField,
  wholeField,
} from './record.ts';

export function encodeGrant(grant: Grant): Uint8Array {
  return encodeRecord({ ...grant }, []);
}

/** The grant of an authenticated row; `undefined` when the row's index columns say otherwise than its record. */
export function decodeGrant(row: GrantRow): Grant | undefined {
  const fields = parseRecord(row.record);
  const grant: Grant = {
    grantId: textField(fields, 'grantId'),
    keyId: parsedField(fields, 'keyId', parseKeyId),
    granteeId: principalIdField(fields, 'granteeId'),
    granteeArn: textField(fields, 'granteeArn'),
    ...optionalField(fields, 'retiringId', principalIdField),
    ...optionalField(fields, 'retiringArn', textField),
    operations: listField(fields, 'operations', (from, item) => parsedField(from, item, parseOperation)),
    ...optionalField(fields, 'constraints', constraintsField),
    ...optionalField(fields, 'name', textField),
    createdAt: wholeField(fields, 'createdAt'),
    issuedBy: principalIdField(fields, 'issuedBy'),
    ...optionalField(fields, 'parentGrantId', textField),
  };
  const indexes = Object.entries(grantIndexes(grant));
  return indexes.every(([name, value]) => Reflect.get(row, name) === value) ? grant : undefined;
}

/** The columns beside a grant's record. */
export function grantIndexes({ grantId, keyId, granteeId, retiringId, name }: Grant): GrantIndexes {
  return { grantId, keyId, granteeId, retiringId: retiringId ?? null, name: name ?? null };
}

type GrantIndexes = Pick<GrantRow, 'grantId' | 'keyId' | 'granteeId' | 'retiringId' | 'name'>;

function constraintsField(fields: RecordFields, name: string): GrantConstraints {
  const group = groupField(fields, name);
  return {
    ...optionalField(group, 'encryptionContextEquals', pairsField),
    ...optionalField(group, 'encryptionContextSubset', pairsField),
  };
}

function pairsField(fields: RecordFields, name: string): readonly (readonly [string, string])[] {
  return listField(fields, name, pairField);
}

function principalIdField(fields: RecordFields, name: string) {
  return parsedField(fields, name, parsePrincipalId);
}

function parseOperation(text: string): GrantOperation | undefined {
  return isOperation(text) ? text : undefined;
}

function isOperation(text: string): text is GrantOperation {
  return Object.hasOwn(grantOperations, text);
}
