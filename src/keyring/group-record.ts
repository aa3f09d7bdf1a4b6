import type { Group } from '../access/group.ts';
import type { GroupRow } from '../storage/store.ts';
import { inlinePoliciesField, readyPoliciesField } from './principal-record.ts';
import { encodeRecord, optionalField, parseRecord, textField, wholeField } from './record.ts';

export function encodeGroup(group: Group, previous?: Uint8Array): Uint8Array {
  return encodeRecord({ ...group }, knownFields, previous);
}

/** The group of an authenticated row; `undefined` when the row's name is another than its record's. */
export function decodeGroup(row: GroupRow): Group | undefined {
  const fields = parseRecord(row.record);
  const group: Group = {
    name: textField(fields, 'name'),
    createdAt: wholeField(fields, 'createdAt'),
    ...optionalField(fields, 'readyPolicies', readyPoliciesField),
    ...optionalField(fields, 'inlinePolicies', inlinePoliciesField),
  };
  return group.name === row.groupName ? group : undefined;
}

const knownFields = ['version', 'name', 'createdAt', 'readyPolicies', 'inlinePolicies'] as const satisfies readonly (
  keyof Group | 'version'
)[];
