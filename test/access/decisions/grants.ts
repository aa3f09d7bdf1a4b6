import { type GrantSketch, type Row, allow, deny, rows } from './row.ts';

const tenant = 'kms:EncryptionContext:tenant';
const app = 'kms:EncryptionContext:app';
const keys = 'kms:EncryptionContextKeys';
const blue = { [tenant]: 'blue', [keys]: ['tenant'] };
const blueApp = { [tenant]: 'blue', [app]: 'web', [keys]: ['tenant', 'app'] };

export const grantDecisions: readonly Row[] = rows([
  ['a grant to the caller', { grants: [aliceMay(['Encrypt'])] }, true, 'a grant allows by itself'],
  ['a grant to another', { grants: [{ grantee: 'bob', operations: ['Encrypt'] }] }, false, 'a grant is for its grantee'],
  ['a grant of another operation', { grants: [aliceMay(['Decrypt'])] }, false, 'a grant is for its operations'],
  ['one of several operations', { grants: [aliceMay(['Decrypt', 'Encrypt'])] }, true, 'any of them'],
  [
    'the second of two grants',
    {
      grants: [aliceMay(['Decrypt']), aliceMay(['Encrypt'])],
    },
    true,
    'any grant',
  ],
  [
    'a grant without trust in the key policy',
    { keyPolicy: [allow({ Action: 'kms:Decrypt' })], grants: [aliceMay(['Encrypt'])] },
    true,
    'grants need no leave of the key policy',
  ],
  [
    'a grant and a Deny whose condition fails',
    {
      attributes: blue,
      identity: [[deny({ Condition: { StringEquals: { [tenant]: 'red' } } })]],
      grants: [aliceMay(['Encrypt'])],
    },
    true,
    'the Deny does not apply',
  ],
  [
    'a grant and a Deny whose condition holds',
    {
      attributes: blue,
      identity: [[deny({ Condition: { StringEquals: { [tenant]: 'blue' } } })]],
      grants: [aliceMay(['Encrypt'])],
    },
    false,
    'explicit Deny',
  ],
  [
    'GenerateDataKey is not …WithoutPlaintext',
    { action: 'kms:GenerateDataKeyWithoutPlaintext', grants: [aliceMay(['GenerateDataKey'])] },
    false,
    'operations are exact',
  ],
  [
    'ReEncryptFrom is not ReEncryptTo',
    { action: 'kms:ReEncryptTo', grants: [aliceMay(['ReEncryptFrom'])] },
    false,
    'operations are exact',
  ],
  ['DescribeKey', { action: 'kms:DescribeKey', grants: [aliceMay(['DescribeKey'])] }, true, 'a grant operation'],
  [
    'ScheduleKeyDeletion',
    { action: 'kms:ScheduleKeyDeletion', grants: [aliceMay(['Encrypt', 'CreateGrant'])] },
    false,
    'no grant operation',
  ],
  [
    'RevokeGrant',
    { action: 'kms:RevokeGrant', grants: [{ grantee: 'alice', retiring: 'alice', operations: ['Encrypt', 'RetireGrant'] }] },
    false,
    'revoking is for policies alone',
  ],
  ['ListGrants', { action: 'kms:ListGrants', grants: [aliceMay(['CreateGrant'])] }, false, 'no grant operation'],
  [
    'root and a grant to Alice',
    { caller: 'root', keyPolicy: [allow()], grants: [aliceMay(['Encrypt'])] },
    false,
    'root is not the grantee',
  ],
]);

export const constraintDecisions: readonly Row[] = rows([
  [
    'Subset, the pair is there',
    { attributes: blue, grants: [aliceMay(['Encrypt'], { subset: { tenant: 'blue' } })] },
    true,
    'EncryptionContextSubset: includes',
  ],
  [
    'Subset, the pair and others',
    { attributes: blueApp, grants: [aliceMay(['Encrypt'], { subset: { tenant: 'blue' } })] },
    true,
    'EncryptionContextSubset: others may be there',
  ],
  [
    'Subset, another value',
    {
      attributes: { [tenant]: 'red', [keys]: ['tenant'] },
      grants: [aliceMay(['Encrypt'], { subset: { tenant: 'blue' } })],
    },
    false,
    'the value differs',
  ],
  ['Subset, no context', { grants: [aliceMay(['Encrypt'], { subset: { tenant: 'blue' } })] }, false, 'the pair is missing'],
  [
    'Subset, one of two pairs',
    { attributes: blue, grants: [aliceMay(['Encrypt'], { subset: { tenant: 'blue', app: 'web' } })] },
    false,
    'all pairs are needed',
  ],
  [
    'Subset, value in other case',
    {
      attributes: { [tenant]: 'Blue', [keys]: ['tenant'] },
      grants: [aliceMay(['Encrypt'], { subset: { tenant: 'blue' } })],
    },
    false,
    'values are case-sensitive',
  ],
  [
    'Subset, key in other case',
    {
      attributes: { 'kms:EncryptionContext:Tenant': 'blue', [keys]: ['Tenant'] },
      grants: [aliceMay(['Encrypt'], { subset: { tenant: 'blue' } })],
    },
    false,
    'ours: keys are case-sensitive too',
  ],
  [
    'Subset, a star is no wildcard',
    { attributes: blue, grants: [aliceMay(['Encrypt'], { subset: { tenant: '*' } })] },
    false,
    'constraints are exact',
  ],
  [
    'Equals, the same',
    { attributes: blue, grants: [aliceMay(['Encrypt'], { equals: { tenant: 'blue' } })] },
    true,
    'EncryptionContextEquals: the same',
  ],
  [
    'Equals, the same in other order',
    { attributes: blueApp, grants: [aliceMay(['Encrypt'], { equals: { app: 'web', tenant: 'blue' } })] },
    true,
    'order is no matter',
  ],
  [
    'Equals, one pair more',
    { attributes: blueApp, grants: [aliceMay(['Encrypt'], { equals: { tenant: 'blue' } })] },
    false,
    'EncryptionContextEquals: nothing else',
  ],
  [
    'Equals, one pair less',
    { attributes: blue, grants: [aliceMay(['Encrypt'], { equals: { app: 'web', tenant: 'blue' } })] },
    false,
    'all of it',
  ],
  ['Equals, no context', { grants: [aliceMay(['Encrypt'], { equals: { tenant: 'blue' } })] }, false, 'all of it'],
  [
    'Equals and Subset',
    {
      attributes: blueApp,
      grants: [aliceMay(['Encrypt'], { equals: { app: 'web', tenant: 'blue' }, subset: { app: 'web' } })],
    },
    true,
    'both hold',
  ],
  [
    'Equals and Subset that contradict',
    {
      attributes: blue,
      grants: [aliceMay(['Encrypt'], { equals: { tenant: 'blue' }, subset: { app: 'web' } })],
    },
    false,
    'both must hold',
  ],
  [
    'a constraint, and Decrypt',
    { action: 'kms:Decrypt', attributes: blue, grants: [aliceMay(['Decrypt'], { subset: { tenant: 'red' } })] },
    false,
    'constraints are for all operations with a context',
  ],
  [
    'a constraint, and GenerateDataKey',
    {
      action: 'kms:GenerateDataKey',
      attributes: blue,
      grants: [aliceMay(['GenerateDataKey'], { subset: { tenant: 'blue' } })],
    },
    true,
    'constraints are for all operations with a context',
  ],
  [
    'a constraint, and ReEncryptTo',
    {
      action: 'kms:ReEncryptTo',
      attributes: blue,
      grants: [aliceMay(['ReEncryptTo'], { equals: { tenant: 'red' } })],
    },
    false,
    'the destination’s context',
  ],
  [
    'a constraint, and DescribeKey',
    { action: 'kms:DescribeKey', grants: [aliceMay(['DescribeKey'], { subset: { tenant: 'blue' } })] },
    true,
    'AWS: constraints are not applied to DescribeKey',
  ],
  [
    'a constraint, and RetireGrant',
    { action: 'kms:RetireGrant', grants: [aliceMay(['RetireGrant'], { equals: { tenant: 'blue' } })] },
    true,
    'AWS: constraints are not applied to RetireGrant',
  ],
  [
    'a constraint that fails beside a grant without',
    {
      grants: [aliceMay(['Encrypt'], { subset: { tenant: 'blue' } }), aliceMay(['Encrypt'])],
    },
    true,
    'any grant is enough',
  ],
]);

export function aliceMay(
  operations: readonly string[],
  constraints: Omit<GrantSketch, 'grantee' | 'operations'> = {},
): GrantSketch {
  return { grantee: 'alice', operations, ...constraints };
}
