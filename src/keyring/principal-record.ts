import type { InlinePolicy } from '../access/inline-policy.ts';
import { type Principal, parsePrincipalId } from '../access/principal.ts';
import { type ReadyPolicyName, readyPolicyNames } from '../access/ready-policy-name.ts';
import type { PrincipalRow } from '../storage/store.ts';
import { tagsField } from './key-record.ts';
import {
  type RecordFields,
  choiceField,
  encodeRecord,
  flagField,
  groupField,
  listField,
  optionalField,
  parseRecord,
  parsedField,
  textField,
  wholeField,
} from './record.ts';

export function encodePrincipal(principal: Principal, previous?: Uint8Array): Uint8Array {
  return encodeRecord({ ...principal }, knownFields, previous);
}

/** The principal of an authenticated row; `undefined` when the row's index columns say otherwise than its record. */
export function decodePrincipal(row: PrincipalRow): Principal | undefined {
  const fields = parseRecord(row.record);
  const principal: Principal = {
    principalId: parsedField(fields, 'principalId', parsePrincipalId),
    path: textField(fields, 'path'),
    ...optionalField(fields, 'subject', textField),
    createdAt: wholeField(fields, 'createdAt'),
    disabled: flagField(fields, 'disabled'),
    ...optionalField(fields, 'tags', tagsField),
    ...optionalField(fields, 'groups', (from, name) => listField(from, name, textField)),
    ...optionalField(fields, 'readyPolicies', readyPoliciesField),
    ...optionalField(fields, 'inlinePolicies', inlinePoliciesField),
    ...optionalField(fields, 'deletedAt', wholeField),
  };
  const columnsAgree =
    principal.principalId === row.principalId && principal.path === row.path && (principal.subject ?? null) === row.subject;
  return columnsAgree ? principal : undefined;
}

export function readyPoliciesField(fields: RecordFields, name: string): readonly ReadyPolicyName[] {
  return listField(fields, name, (from, item) => choiceField(from, item, readyPolicyNames));
}

export function inlinePoliciesField(fields: RecordFields, name: string): readonly InlinePolicy[] {
  return listField(fields, name, (from, item) => {
    const policy = groupField(from, item);
    return { name: textField(policy, 'name'), document: textField(policy, 'document') };
  });
}

const knownFields = [
  'version',
  'principalId',
  'path',
  'subject',
  'createdAt',
  'disabled',
  'tags',
  'groups',
  'readyPolicies',
  'inlinePolicies',
  'deletedAt',
] as const satisfies readonly (keyof Principal | 'version')[];
