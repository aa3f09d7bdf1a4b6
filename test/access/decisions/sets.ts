import { type Row, conditionRows } from './row.ts';

const tags = 'aws:TagKeys';
const keys = 'kms:EncryptionContextKeys';
const aliases = 'kms:ResourceAliases';
const granted = 'kms:GrantOperations';
const tenant = 'kms:EncryptionContext:tenant';

/** Keys of several values, and the set operators. */
export const setDecisions: readonly Row[] = [
  ...conditionRows([
    [{ 'ForAllValues:StringEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['a', 'b'] }, true, 'every value is among the policy’s'],
    [{ 'ForAllValues:StringEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['b'] }, true, 'not all of the policy’s need be there'],
    [{ 'ForAllValues:StringEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['a', 'c'] }, false, 'one value is not'],
    [{ 'ForAllValues:StringEquals': { [tags]: ['a'] } }, { [tags]: ['A'] }, false, 'case counts'],
    [{ 'ForAllValues:StringEquals': { [tags]: ['a'] } }, {}, true, 'ForAllValues: true when the key is missing'],
    [{ 'ForAllValues:StringEquals': { [tags]: ['a'] } }, { [tags]: [] }, true, 'ForAllValues: true when the set is empty'],
    [{ 'ForAllValues:StringEquals': { [tags]: ['a'] }, Null: { [tags]: 'false' } }, {}, false, 'Null asks for the key after all'],
    [{ 'ForAllValues:StringLike': { [tags]: 'Created*' } }, { [tags]: ['CreatedBy', 'CreatedAt'] }, true, 'patterns'],
    [
      { 'ForAllValues:StringLike': { [tags]: 'Created*' } },
      { [tags]: ['CreatedBy', 'Owner'] },
      false,
      'patterns, one does not fit',
    ],
    [{ 'ForAllValues:StringNotEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['c', 'd'] }, true, 'no value is among the policy’s'],
    [{ 'ForAllValues:StringNotEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['c', 'b'] }, false, 'one value is'],
    [{ 'ForAllValues:StringNotEquals': { [tags]: ['a'] } }, {}, true, 'ForAllValues, negated, missing: true'],
    [{ 'ForAllValues:StringEqualsIfExists': { [tags]: ['a'] } }, {}, true, 'IfExists adds nothing'],
    [{ 'ForAllValues:StringEqualsIfExists': { [tags]: ['a'] } }, { [tags]: ['b'] }, false, 'IfExists adds nothing'],
    [{ 'ForAllValues:StringEqualsIgnoreCase': { [tags]: ['OWNER'] } }, { [tags]: ['owner', 'Owner'] }, true, 'without case'],
  ]),
  ...conditionRows([
    [{ 'ForAnyValue:StringEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['c', 'b'] }, true, 'one value is enough'],
    [{ 'ForAnyValue:StringEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['c', 'd'] }, false, 'none'],
    [{ 'ForAnyValue:StringEquals': { [tags]: ['a'] } }, {}, false, 'ForAnyValue: false when the key is missing'],
    [{ 'ForAnyValue:StringEquals': { [tags]: ['a'] } }, { [tags]: [] }, false, 'ForAnyValue: false when the set is empty'],
    [{ 'ForAnyValue:StringLike': { [aliases]: 'alias/app*' } }, { [aliases]: ['alias/x', 'alias/app2'] }, true, 'patterns'],
    [{ 'ForAnyValue:StringNotEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['a', 'c'] }, true, 'one value that is not the policy’s'],
    [{ 'ForAnyValue:StringNotEquals': { [tags]: ['a', 'b'] } }, { [tags]: ['a', 'b'] }, false, 'all are the policy’s'],
    [{ 'ForAnyValue:StringNotEquals': { [tags]: ['a'] } }, {}, false, 'ForAnyValue, negated, missing: false all the same'],
    [
      { 'ForAnyValue:StringEqualsIfExists': { [tags]: ['a'] } },
      {},
      false,
      'ForAnyValue asks for one value at least, IfExists or not',
    ],
    [{ 'ForAnyValue:StringEqualsIfExists': { [tags]: ['a'] } }, { [tags]: ['a'] }, true, 'there'],
    [{ 'ForAnyValue:StringEquals': { 'aws:CalledVia': ['x'] } }, {}, false, 'never present'],
    [{ 'ForAllValues:StringEquals': { 'aws:CalledVia': ['x'] } }, {}, true, 'never present: as good as an empty set'],
  ]),
  ...conditionRows([
    [
      { StringEquals: { [aliases]: 'alias/app' } },
      { [aliases]: ['alias/x', 'alias/app'] },
      true,
      'ours: without a set operator, any value',
    ],
    [{ StringEquals: { [aliases]: 'alias/app' } }, { [aliases]: ['alias/x'] }, false, 'ours: no value'],
    [{ StringEquals: { [aliases]: 'alias/app' } }, { [aliases]: [] }, false, 'an empty set is as good as a missing key'],
    [
      { StringNotEquals: { [aliases]: 'alias/app' } },
      { [aliases]: ['alias/x', 'alias/app'] },
      false,
      'ours, negated: no value may match',
    ],
    [{ StringNotEquals: { [aliases]: 'alias/app' } }, { [aliases]: ['alias/x', 'alias/y'] }, true, 'ours, negated: none does'],
    [{ StringNotEquals: { [aliases]: 'alias/app' } }, {}, true, 'negated, missing'],
    [{ StringEqualsIfExists: { [aliases]: 'alias/app' } }, { [aliases]: [] }, true, 'an empty set is as good as a missing key'],
    [{ StringLike: { [aliases]: 'alias/*' } }, { [aliases]: ['alias/x'] }, true, 'a set of one'],
    [{ 'ForAnyValue:StringEquals': { [tenant]: ['blue', 'red'] } }, { [tenant]: 'blue' }, true, 'a single value is a set of one'],
    [{ 'ForAnyValue:StringNotEquals': { [tenant]: 'blue' } }, { [tenant]: 'blue' }, false, 'a single value is a set of one'],
  ]),
  ...conditionRows([
    [
      { 'ForAllValues:StringEquals': { [keys]: ['tenant', 'app'] } },
      { [tenant]: 'blue', [keys]: ['tenant'] },
      true,
      'no other context keys',
    ],
    [
      { 'ForAllValues:StringEquals': { [keys]: ['tenant'] } },
      { [tenant]: 'x', [keys]: ['tenant', 'app'] },
      false,
      'another context key',
    ],
    [{ 'ForAllValues:StringEquals': { [keys]: ['tenant'] } }, { [keys]: ['Tenant'] }, false, 'context keys differ by case'],
    [{ 'ForAnyValue:StringEquals': { [keys]: ['tenant'] } }, { [keys]: ['app', 'tenant'] }, true, 'the context key is there'],
    [{ 'ForAllValues:StringEquals': { [keys]: ['tenant'] } }, {}, true, 'a call without a context'],
    [{ Null: { [keys]: 'false' } }, {}, false, 'a call without a context has no keys'],
    [
      { 'ForAllValues:StringEquals': { [granted]: ['Encrypt', 'Decrypt'] } },
      { [granted]: ['Decrypt'] },
      true,
      'operations of a grant',
    ],
    [
      { 'ForAllValues:StringEquals': { [granted]: ['Encrypt'] } },
      { [granted]: ['Encrypt', 'CreateGrant'] },
      false,
      'one operation too many',
    ],
    [
      { 'ForAllValues:StringEquals': { [granted]: ['encrypt'] } },
      { [granted]: ['Encrypt'] },
      false,
      'the case of an operation counts',
    ],
  ]),
];
