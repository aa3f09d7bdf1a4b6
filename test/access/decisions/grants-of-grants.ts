import { aliceMay } from './grants.ts';
import { type Row, allow, deny, rows } from './row.ts';

/** Retiring grants, and creating them by a grant. */
export const grantKeepingDecisions: readonly Row[] = rows([
  [
    'the grantee retires',
    { action: 'kms:RetireGrant', grants: [aliceMay(['Encrypt', 'RetireGrant'])] },
    true,
    'RetireGrant is among the operations',
  ],
  [
    'the grantee retires, without that operation',
    { action: 'kms:RetireGrant', grants: [aliceMay(['Encrypt'])] },
    false,
    'the grant does not say so',
  ],
  [
    'the retiring principal retires',
    { action: 'kms:RetireGrant', grants: [{ grantee: 'bob', retiring: 'alice', operations: ['Encrypt'] }] },
    true,
    'it is for that',
  ],
  [
    'another retires',
    { action: 'kms:RetireGrant', grants: [{ grantee: 'bob', retiring: 'carol', operations: ['Encrypt', 'RetireGrant'] }] },
    false,
    'neither grantee nor retiring principal',
  ],
  [
    'the retiring principal encrypts',
    { grants: [{ grantee: 'bob', retiring: 'alice', operations: ['Encrypt'] }] },
    false,
    'it may retire, no more',
  ],
  [
    'the retiring principal, denied',
    {
      action: 'kms:RetireGrant',
      identity: [[deny({ Action: 'kms:RetireGrant' })]],
      grants: [{ grantee: 'bob', retiring: 'alice', operations: ['Encrypt'] }],
    },
    false,
    'AWS: a Deny of kms:RetireGrant is effective',
  ],
  [
    'an administrator retires by policy',
    {
      action: 'kms:RetireGrant',
      identity: [[allow({ Action: 'kms:RetireGrant' })]],
      grants: [{ grantee: 'bob', operations: ['Encrypt'] }],
    },
    true,
    'the account may delegate kms:RetireGrant',
  ],
  [
    'root retires',
    { caller: 'root', action: 'kms:RetireGrant', grants: [{ grantee: 'bob', operations: ['Encrypt'] }] },
    true,
    'AWS: the account may retire',
  ],
  [
    'a child within its parent',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'] },
      grants: [aliceMay(['Encrypt', 'CreateGrant'])],
    },
    true,
    'no operation more',
  ],
  [
    'a child of a parent without CreateGrant',
    { action: 'kms:CreateGrant', newGrant: { operations: ['Encrypt'] }, grants: [aliceMay(['Encrypt'])] },
    false,
    'CreateGrant must be granted',
  ],
  [
    'a child with another operation',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt', 'Decrypt'] },
      grants: [aliceMay(['Encrypt', 'CreateGrant'])],
    },
    false,
    'AWS: no operation that the parent lacks',
  ],
  [
    'a child that may create grants',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['CreateGrant'] },
      grants: [aliceMay(['Encrypt', 'CreateGrant'])],
    },
    true,
    'the parent has CreateGrant',
  ],
  [
    'a child without the parent’s Subset',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'] },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { subset: { tenant: 'blue' } })],
    },
    false,
    'AWS: constraints equally strict or stricter',
  ],
  [
    'a child with the parent’s Subset',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'], subset: { tenant: 'blue' } },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { subset: { tenant: 'blue' } })],
    },
    true,
    'equally strict',
  ],
  [
    'a child with a wider Subset',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'], subset: { tenant: 'blue', app: 'web' } },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { subset: { tenant: 'blue' } })],
    },
    true,
    'more pairs are stricter',
  ],
  [
    'a child with another Subset',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'], subset: { app: 'web' } },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { subset: { tenant: 'blue' } })],
    },
    false,
    'the parent’s pair is missing',
  ],
  [
    'a child with Equals under the parent’s Subset',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'], equals: { tenant: 'blue', app: 'web' } },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { subset: { tenant: 'blue' } })],
    },
    true,
    'stricter',
  ],
  [
    'a child with Equals that lacks the parent’s Subset',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'], equals: { app: 'web' } },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { subset: { tenant: 'blue' } })],
    },
    false,
    'the parent’s pair is missing',
  ],
  [
    'a child with the parent’s Equals',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'], equals: { tenant: 'blue' } },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { equals: { tenant: 'blue' } })],
    },
    true,
    'equally strict',
  ],
  [
    'a child with Subset under the parent’s Equals',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'], subset: { tenant: 'blue' } },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { equals: { tenant: 'blue' } })],
    },
    false,
    'Subset lets other pairs through',
  ],
  [
    'a child with another Equals',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt'], equals: { tenant: 'blue', app: 'web' } },
      grants: [aliceMay(['Encrypt', 'CreateGrant'], { equals: { tenant: 'blue' } })],
    },
    false,
    'the parent refuses that context',
  ],
  [
    'a child wider than one grant and within another',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Decrypt'] },
      grants: [aliceMay(['Encrypt', 'CreateGrant']), aliceMay(['Decrypt', 'CreateGrant'])],
    },
    true,
    'any grant is enough',
  ],
  [
    'a child within two grants together',
    {
      action: 'kms:CreateGrant',
      newGrant: { operations: ['Encrypt', 'Decrypt'] },
      grants: [aliceMay(['Encrypt', 'CreateGrant']), aliceMay(['Decrypt', 'CreateGrant'])],
    },
    false,
    'grants do not add up',
  ],
  [
    'any grant by a policy',
    { action: 'kms:CreateGrant', newGrant: { operations: ['Decrypt'] }, keyPolicy: [allow({ Action: 'kms:CreateGrant' })] },
    true,
    'who has it from a policy is not held to a parent',
  ],
  [
    'a grant by a policy that limits operations',
    {
      action: 'kms:CreateGrant',
      attributes: { 'kms:GrantOperations': ['Decrypt'] },
      newGrant: { operations: ['Decrypt'] },
      keyPolicy: [
        allow({ Action: 'kms:CreateGrant', Condition: { 'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Encrypt'] } } }),
      ],
    },
    false,
    'kms:GrantOperations',
  ],
]);
