import { describe, expect, it } from 'vitest';
import { actions } from '../../src/access/actions.ts';
import { type ConditionKeyRow, conditionKeys } from '../../src/access/condition-keys.ts';
import { conditionOperators } from '../../src/access/condition-operators.ts';
import { readyPolicies } from '../../src/access/ready-policies.ts';
import { codeOf, readDocument, tableRows } from './documents.ts';

const document = readDocument('docs/POLICIES.md');

describe('docs/POLICIES.md', () => {
  it('has every condition key with its types, and no other', () => {
    const documented = tableRows(document, 'key').map(([name = '', type = '']) => [codeOf(name)[0] ?? '', type.toLowerCase()]);
    const known = Object.entries(conditionKeys).map(([name, { types, multi, separator }]: [string, ConditionKeyRow]) => [
      separator === undefined ? name : `${name}${separator}<key>`,
      [...types.map((type) => (type === 'ip' ? 'address' : type)), ...(multi === true ? ['several'] : [])].join(', '),
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(known));
    expect(documented).toHaveLength(known.length);
  });

  it('has every operator, and no other', () => {
    const section = /^## Operators\n(.*?)^- /ms.exec(document)?.[1] ?? '';
    const named = codeOf(section).filter((code) => /^[A-Za-z]+$/.test(code) && code !== 'IfExists');
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(conditionOperators).toSorted());
  });

  it('has every ready policy with what it allows, and no other', () => {
    const documented = tableRows(document, 'ready policy').map(([name = '', allows = '']) => [codeOf(name)[0], allows]);
    expect(documented).toEqual(readyPolicies.map(({ name, description }) => [name, description]));
  });

  it('names actions that exist', () => {
    const named = codeOf(document).filter((code) => /^(kms|latchkey):[A-Z][A-Za-z]+$/.test(code));
    const known = [...Object.keys(actions), ...Object.keys(conditionKeys), 'kms:Sign', 'kms:MultiRegion', 'kms:ViaService'];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});
