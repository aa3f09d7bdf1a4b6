import { type ActionName, type ResourceKind, actions } from '../../src/access/actions.ts';
import type { StrangerWorld } from './stranger-world.ts';

/** What a condition key is in calls that ask for these actions. */
export interface Fact {
  /** As a policy names it. */
  readonly key: string;
  readonly of: readonly string[];
  /** All of its values. */
  readonly is: string | readonly string[];
  readonly isNot: string;
  /** Fields of the requests, of those that have them. */
  readonly by?: Readonly<Record<string, unknown>>;
  /** Where an action is asked on more than one thing: on which this is so. */
  readonly on?: 'alias' | 'key';
  /** A call that asks for one of the actions and has no such value. */
  readonly notIn?: string;
}

/** What values depend on. The caller has the tag `team=callers`, the key `kind=invoices`. */
export interface FactWorld {
  readonly caller: { readonly arn: string; readonly principalId: string; readonly name: string };
  readonly otherKeyId: string;
  readonly now: number;
  readonly existing: StrangerWorld['existing'];
}

/** A row for each condition key, call and way to come by a value that docs/POLICIES.md has. */
export function conditionKeyFacts(world: FactWorld): readonly Fact[] {
  return [...ofContexts, ...ofKeys, ...ofGrants(world), ...ofRequests(world), ...ofTags, ...ofCallers(world)];
}

export const actionsOn = (kind: ResourceKind): readonly ActionName[] =>
  (Object.keys(actions) as ActionName[]).filter((name) => actions[name].on.some((on: ResourceKind) => on === kind));

/** Those that may name the key by an alias: the others take its id or its ARN. */
export const actionsByAlias = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
const usingContexts = actionsByAlias.filter((action) => action !== 'kms:DescribeKey');
const reEncrypting = ['kms:ReEncryptFrom', 'kms:ReEncryptTo'];

const acme = { tenant: 'acme', use: 'orders' };
const bell = { tenant: 'bell' };
const fromAcmeToBell = { encryption_context: acme, source_encryption_context: acme, destination_encryption_context: bell };
const withAcme = usingContexts.filter((action) => action !== 'kms:ReEncryptTo');
const subset = { constraints: { encryption_context_subset: acme } };
const equal = { constraints: { encryption_context_equals: bell } };

const ofContexts: readonly Fact[] = [
  { key: 'kms:EncryptionContext:tenant', of: withAcme, by: fromAcmeToBell, is: 'acme', isNot: 'bell' },
  { key: 'kms:EncryptionContext:tenant', of: ['kms:ReEncryptTo'], by: fromAcmeToBell, is: 'bell', isNot: 'acme' },
  { key: 'kms:EncryptionContext:tenant', of: ['kms:CreateGrant'], by: subset, is: 'acme', isNot: 'bell' },
  { key: 'kms:EncryptionContext:tenant', of: ['kms:CreateGrant'], by: equal, is: 'bell', isNot: 'acme' },
  { key: 'kms:EncryptionContextKeys', of: withAcme, by: fromAcmeToBell, is: ['tenant', 'use'], isNot: 'tenant' },
  { key: 'kms:EncryptionContextKeys', of: ['kms:ReEncryptTo'], by: fromAcmeToBell, is: ['tenant'], isNot: 'use' },
  { key: 'kms:EncryptionContextKeys', of: ['kms:CreateGrant'], by: subset, is: ['tenant', 'use'], isNot: 'tenant' },
  { key: 'kms:EncryptionContextKeys', of: ['kms:CreateGrant'], by: equal, is: ['tenant'], isNot: 'use' },
  { key: 'kms:EncryptionAlgorithm', of: usingContexts, is: 'SYMMETRIC_DEFAULT', isNot: 'RSAES_OAEP_SHA_256' },
];

const aboutKey = actionsOn('key');
const external = { origin: 'ORIGIN_TYPE_EXTERNAL' };
const byAlias = { key_id: 'alias/plain', source_key_id: 'alias/plain', destination_key_id: 'alias/plain' };

const ofKeys: readonly Fact[] = [
  { key: 'kms:KeySpec', of: aboutKey, on: 'key', is: 'SYMMETRIC_DEFAULT', isNot: 'RSA_2048' },
  { key: 'kms:KeySpec', of: ['kms:CreateKey'], is: 'SYMMETRIC_DEFAULT', isNot: 'RSA_2048' },
  { key: 'kms:KeyUsage', of: aboutKey, on: 'key', is: 'ENCRYPT_DECRYPT', isNot: 'SIGN_VERIFY' },
  { key: 'kms:KeyUsage', of: ['kms:CreateKey'], is: 'ENCRYPT_DECRYPT', isNot: 'SIGN_VERIFY' },
  { key: 'kms:KeyOrigin', of: aboutKey, on: 'key', is: 'AWS_KMS', isNot: 'EXTERNAL' },
  { key: 'kms:KeyOrigin', of: ['kms:CreateKey'], is: 'AWS_KMS', isNot: 'EXTERNAL' },
  { key: 'kms:KeyOrigin', of: ['kms:CreateKey'], by: external, is: 'EXTERNAL', isNot: 'AWS_KMS' },
  // ListAliases too asks kms:DescribeKey, of a key that it names by its id.
  { key: 'kms:RequestAlias', of: actionsByAlias, notIn: 'ListAliases', by: byAlias, is: 'alias/plain', isNot: 'alias/second' },
  ...aboutAlias('kms:CreateAlias', 'alias/plausible'),
  ...aboutAlias('kms:DeleteAlias', 'alias/plain'),
  ...aboutAlias('kms:UpdateAlias', 'alias/plain'),
  // A key that CreateKey is about to make has neither.
  {
    key: 'kms:ResourceAliases',
    of: aboutKey,
    notIn: 'CreateKey',
    on: 'key',
    is: ['alias/plain', 'alias/second'],
    isNot: 'alias/plain',
  },
  { key: 'aws:ResourceTag/kind', of: aboutKey, notIn: 'CreateKey', on: 'key', is: 'invoices', isNot: 'orders' },
];

/** On both: the alias, and the key that it is for. */
function aboutAlias(action: string, alias: string): readonly Fact[] {
  const fact = { key: 'kms:RequestAlias', of: [action], is: alias, isNot: 'alias/second' };
  return [
    { ...fact, on: 'alias' },
    { ...fact, on: 'key' },
  ];
}

function ofGrants({ existing }: FactWorld): readonly Fact[] {
  const of = ['kms:CreateGrant'];
  const operations = ['GRANT_OPERATION_DECRYPT', 'GRANT_OPERATION_ENCRYPT'];
  return [
    { key: 'kms:GrantOperations', of, by: { operations }, is: ['Decrypt', 'Encrypt'], isNot: 'Decrypt' },
    { key: 'kms:GrantConstraintType', of, by: subset, is: 'EncryptionContextSubset', isNot: 'EncryptionContextEquals' },
    { key: 'kms:GrantConstraintType', of, by: equal, is: 'EncryptionContextEquals', isNot: 'EncryptionContextSubset' },
    { key: 'kms:GranteePrincipal', of, is: existing.grantee_principal, isNot: `${existing.grantee_principal}2` },
    { key: 'kms:RetiringPrincipal', of, is: existing.retiring_principal, isNot: `${existing.retiring_principal}2` },
    {
      key: 'kms:GrantIsForAWSResource',
      of: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
      is: 'false',
      isNot: 'true',
    },
  ];
}

function ofRequests({ otherKeyId, now }: FactWorld): readonly Fact[] {
  const elsewhere = { destination_key_id: otherKeyId };
  const unnamed = { source_key_id: '' };
  const validTo = Math.floor(now / 1000) + 86_400;
  const ends = { expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES', valid_to: { seconds: validTo, nanos: 0 } };
  const importing = { key: 'kms:ExpirationModel', of: ['kms:ImportKeyMaterial'] };
  const wrapping = { of: ['kms:GetParametersForImport'] };
  const bypass = { key: 'kms:BypassPolicyLockoutSafetyCheck', of: ['kms:CreateKey', 'kms:PutKeyPolicy'] };
  return [
    { key: 'kms:ReEncryptOnSameKey', of: reEncrypting, is: 'true', isNot: 'false' },
    { key: 'kms:ReEncryptOnSameKey', of: reEncrypting, by: unnamed, is: 'true', isNot: 'false' },
    { key: 'kms:ReEncryptOnSameKey', of: reEncrypting, by: byAlias, is: 'true', isNot: 'false' },
    { key: 'kms:ReEncryptOnSameKey', of: reEncrypting, by: elsewhere, is: 'false', isNot: 'true' },
    { key: 'kms:RotationPeriodInDays', of: ['kms:CreateKey', 'kms:EnableKeyRotation'], is: '90', isNot: '91' },
    { key: 'kms:ScheduleKeyDeletionPendingWindowInDays', of: ['kms:ScheduleKeyDeletion'], is: '7', isNot: '8' },
    { key: 'kms:WrappingAlgorithm', ...wrapping, is: 'RSAES_OAEP_SHA_256', isNot: 'RSAES_OAEP_SHA_1' },
    { key: 'kms:WrappingKeySpec', ...wrapping, is: 'RSA_2048', isNot: 'RSA_4096' },
    { ...importing, is: 'KEY_MATERIAL_DOES_NOT_EXPIRE', isNot: 'KEY_MATERIAL_EXPIRES' },
    { ...importing, by: ends, is: 'KEY_MATERIAL_EXPIRES', isNot: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
    {
      key: 'kms:ValidTo',
      of: ['kms:ImportKeyMaterial'],
      by: ends,
      is: new Date(validTo * 1000).toISOString(),
      isNot: new Date(validTo * 1000 + 1000).toISOString(),
    },
    { ...bypass, is: 'false', isNot: 'true' },
    { ...bypass, by: { bypass_policy_lockout_safety_check: true }, is: 'true', isNot: 'false' },
  ];
}

const giving = ['kms:CreateKey', 'kms:TagResource', 'latchkey:CreatePrincipal', 'latchkey:TagPrincipal'];
const two = {
  tags: [
    { tag_key: 'team', tag_value: 'payments' },
    { tag_key: 'stage', tag_value: 'test' },
  ],
  tag_keys: ['team', 'stage'],
};

const ofTags: readonly Fact[] = [
  { key: 'aws:RequestTag/stage', of: giving, by: two, is: 'test', isNot: 'payments' },
  { key: 'aws:TagKeys', of: giving, by: two, is: ['team', 'stage'], isNot: 'team' },
  { key: 'aws:TagKeys', of: ['kms:UntagResource', 'latchkey:UntagPrincipal'], by: two, is: ['team', 'stage'], isNot: 'team' },
];

/** What no call has a say in: with one about a key, and one about none. */
export const anyActions = ['kms:DescribeKey', 'kms:ListKeys'];

function ofCallers({ caller, now }: FactWorld): readonly Fact[] {
  const account = { of: anyActions, is: '000000000000', isNot: '111111111111' };
  const second = Math.floor(now / 1000);
  return [
    { key: 'kms:CallerAccount', ...account },
    { key: 'aws:PrincipalAccount', ...account },
    { key: 'aws:ResourceAccount', ...account },
    { key: 'aws:PrincipalArn', of: anyActions, is: caller.arn, isNot: `${caller.arn}2` },
    { key: 'aws:PrincipalType', of: anyActions, is: 'User', isNot: 'Account' },
    { key: 'aws:PrincipalTag/team', of: anyActions, is: 'callers', isNot: 'payments' },
    { key: 'aws:username', of: anyActions, is: caller.name, isNot: 'owner' },
    { key: 'aws:userid', of: anyActions, is: caller.principalId, isNot: caller.name },
    { key: 'aws:SourceIp', of: anyActions, is: '127.0.0.1', isNot: '127.0.0.2' },
    { key: 'aws:SecureTransport', of: anyActions, is: 'false', isNot: 'true' },
    { key: 'aws:CurrentTime', of: anyActions, is: isoSecond(second), isNot: isoSecond(second + 1) },
    { key: 'aws:EpochTime', of: anyActions, is: String(second), isNot: String(second + 1) },
  ];
}

function isoSecond(second: number): string {
  return new Date(second * 1000).toISOString().replace('.000Z', 'Z');
}
