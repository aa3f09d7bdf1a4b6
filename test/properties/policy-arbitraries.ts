import fc from 'fast-check';
import {
  type Attributes,
  type CallerName,
  type ConditionJson,
  type GrantSketch,
  type ScopeSketch,
  type Situation,
  type StatementJson,
  account,
  alias,
  alice,
  bob,
  callers,
  carol,
  key,
  otherKey,
  rootArn,
} from '../access/decisions/row.ts';

/** Policies and requests of few words, so that they often fit each other: every element, operator, qualifier and kind of key. */
export function situation(): fc.Arbitrary<Situation> {
  return fc.record(
    {
      caller: fc.constantFrom(...(Object.keys(callers) as CallerName[])),
      action: fc.constantFrom(...actions()),
      resource: fc.constantFrom(key, key, key, otherKey, alias, '*'),
      attributes: fc.dictionary(fc.constantFrom(...Object.keys(attributeValues())), fc.nat(), { maxKeys: 8 }).map(withValues),
      now: fc.constantFrom(...moments()).map((ms) => new Date(ms).toISOString()),
      keyPolicy: fc.array(keyStatement(), { minLength: 1, maxLength: 4 }),
      identity: fc.array(fc.array(statement(), { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
      version: fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17'),
      grants: fc.array(grant(), { maxLength: 2 }),
      newGrant: scope(),
    },
    { requiredKeys: ['caller', 'action', 'resource', 'attributes', 'now', 'keyPolicy', 'identity', 'version'] },
  );
}

/** Moments about the dates that policies compare with. */
export function moments(): readonly number[] {
  return [Date.UTC(2027, 0, 1), Date.UTC(2027, 5, 1, 12)].flatMap((date) =>
    [-1001, -1000, -1, 0, 1, 500, 999, 1000, 1001].map((ms) => date + ms),
  );
}

/** What policies compare the time with, in several spellings. */
function dates(): readonly string[] {
  return ['2027-01-01T00:00:00Z', '2027-01-01', '2027-06-01T12:00:00Z', '2027-06-01T14:00:00.500+02:00', '1798761600'];
}

function actions() {
  return [
    'kms:Encrypt',
    'kms:Encrypt',
    'kms:Decrypt',
    'kms:GenerateDataKey',
    'kms:ReEncryptTo',
    'kms:DescribeKey',
    'kms:CreateGrant',
    'kms:RetireGrant',
    'kms:DeleteAlias',
    'latchkey:CreatePrincipal',
  ] as const;
}

function keyStatement(): fc.Arbitrary<StatementJson> {
  const names = fc.uniqueArray(fc.constantFrom(alice, bob, carol, rootArn, account), { minLength: 1, maxLength: 3 });
  const principal = fc.oneof(
    { weight: 2, arbitrary: fc.constant<StatementJson>({ Principal: '*' }) },
    { weight: 1, arbitrary: fc.constant<StatementJson>({ Principal: { AWS: ['*', alice] } }) },
    { weight: 5, arbitrary: names.map((AWS): StatementJson => ({ Principal: { AWS } })) },
    { weight: 2, arbitrary: names.map((AWS): StatementJson => ({ NotPrincipal: { AWS } })) },
  );
  return fc.tuple(statement(), principal).map(([members, who]) => ({ ...members, ...who }));
}

function statement(): fc.Arbitrary<StatementJson> {
  const action = listOf(
    'kms:Encrypt',
    'KMS:encrypt',
    'kms:*',
    '*',
    'kms:?ecrypt',
    'kms:Gen*',
    'kms:*Encrypt*',
    'kms:Sign',
    'kms:DeleteAlias',
  );
  const resource = listOf(
    '*',
    key,
    otherKey,
    alias,
    'arn:aws:kms:us-east-1:*:key/*',
    'arn:aws:kms:*:*:*/?pp',
    'arn:aws:kms:us-east-1:000000000000:alias/${aws:PrincipalTag/app}',
    "arn:aws:kms:us-east-1:000000000000:alias/${aws:PrincipalTag/app, 'app'}",
    'arn:aws:kms:us-east-1:000000000000:alias/${*}',
  );
  return fc
    .record({
      effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
      action: negatable('Action', action),
      resource: negatable('Resource', resource),
      conditions: fc.array(condition(), { maxLength: 3 }),
    })
    .map(({ effect, conditions, ...members }) => ({
      Effect: effect,
      ...members.action,
      ...members.resource,
      ...(conditions.length > 0 && { Condition: merged(conditions) }),
    }));
}

function negatable(name: string, values: fc.Arbitrary<readonly string[]>): fc.Arbitrary<StatementJson> {
  return fc.tuple(fc.nat(4), values).map(([negated, list]) => ({ [negated === 0 ? `Not${name}` : name]: list }));
}

/** Conditions of the same operator on different keys stand in one object. */
function merged(conditions: readonly ConditionJson[]): ConditionJson {
  const all: Record<string, Record<string, unknown>> = {};
  for (const [operator, keys] of conditions.flatMap((one) => Object.entries(one))) all[operator] = { ...all[operator], ...keys };
  return all;
}

function condition(): fc.Arbitrary<ConditionJson> {
  return fc.oneof(
    { weight: 6, arbitrary: textCondition() },
    { weight: 2, arbitrary: typedCondition(numericOperators, ['kms:RotationPeriodInDays'], ['90', '90.0', '7', '-1', '365']) },
    { weight: 2, arbitrary: typedCondition(dateOperators, ['kms:ValidTo', 'aws:CurrentTime', 'aws:EpochTime'], dates()) },
    { weight: 1, arbitrary: typedCondition(numericOperators, ['aws:EpochTime'], ['1798761600', '1798761600.5', '1798761601']) },
    { weight: 1, arbitrary: oneValue(['Bool', 'BoolIfExists'], ['aws:SecureTransport', 'kms:ReEncryptOnSameKey']) },
    { weight: 2, arbitrary: typedCondition(['IpAddress', 'NotIpAddress'], ['aws:SourceIp'], ranges) },
    { weight: 2, arbitrary: typedCondition(arnOperators, ['kms:GranteePrincipal', 'aws:PrincipalArn'], arns) },
    { weight: 1, arbitrary: oneValue(['Null'], [...textKeys, 'aws:TagKeys', 'aws:CurrentTime', 'aws:SourceVpc']) },
  );
}

function textCondition(): fc.Arbitrary<ConditionJson> {
  const qualified = fc
    .tuple(
      fc.constantFrom('ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom(...textOperators),
      suffix,
      fc.constantFrom('aws:TagKeys', 'kms:ResourceAliases', 'aws:CalledVia', 'kms:KeySpec'),
      listOf(...texts),
    )
    .map(([qualifier, operator, ifExists, name, values]) => ({ [`${qualifier}${operator}${ifExists}`]: { [name]: values } }));
  return fc.oneof(typedCondition(textOperators, [...textKeys, 'aws:TagKeys', 'aws:SourceVpc'], texts), qualified);
}

function typedCondition(
  operators: readonly string[],
  names: readonly string[],
  values: readonly string[],
): fc.Arbitrary<ConditionJson> {
  return fc
    .tuple(fc.constantFrom(...operators), suffix, fc.constantFrom(...names), listOf(...values))
    .map(([operator, ifExists, name, list]) => ({ [operator + ifExists]: { [name]: list } }));
}

function oneValue(operators: readonly string[], names: readonly string[]): fc.Arbitrary<ConditionJson> {
  return fc
    .tuple(fc.constantFrom(...operators), fc.constantFrom(...names), fc.constantFrom('true', 'false', true, false))
    .map(([operator, name, value]) => ({ [operator]: { [name]: value } }));
}

function grant(): fc.Arbitrary<GrantSketch> {
  const who = fc.constantFrom(...(Object.keys(callers) as CallerName[]));
  return fc
    .record({ grantee: who, retiring: who, scope: scope() }, { requiredKeys: ['grantee', 'scope'] })
    .map(({ scope: { operations, ...constraints }, ...names }) => ({ ...names, operations, ...constraints }));
}

function scope(): fc.Arbitrary<ScopeSketch> {
  const pairs = fc.dictionary(fc.constantFrom('tenant', 'app'), fc.constantFrom('a', 'ab'), { maxKeys: 2 });
  const operations = fc.uniqueArray(fc.constantFrom('Encrypt', 'Decrypt', 'CreateGrant', 'RetireGrant', 'DescribeKey'), {
    minLength: 1,
  });
  return fc.record({ operations, equals: pairs, subset: pairs }, { requiredKeys: ['operations'] });
}

function listOf(...values: readonly string[]): fc.Arbitrary<readonly string[]> {
  return fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
}

/** Of each key one of the values that it may have; the keys of the encryption context as its pairs have them. */
function withValues(chosen: Readonly<Record<string, number>>): Attributes {
  const attributes = Object.entries(chosen).map(([name, index]) => {
    const values = attributeValues()[name] ?? [];
    return [name, values[index % values.length] ?? ''] as const;
  });
  const context = attributes.map(([name]) => name).filter((name) => name.startsWith(contextPrefix));
  return {
    ...Object.fromEntries(attributes),
    ...(context.length > 0 && { 'kms:EncryptionContextKeys': context.map((name) => name.slice(contextPrefix.length)) }),
  };
}

function attributeValues(): Readonly<Record<string, readonly (string | readonly string[])[]>> {
  const text = ['a', 'A', 'ab', 'b', '', '*', 'a*', 'alice'];
  return {
    'kms:EncryptionContext:tenant': text,
    'kms:EncryptionContext:app': text,
    'kms:KeySpec': text,
    'aws:ResourceTag/app': text,
    'aws:TagKeys': [[], ['a'], ['a', 'b'], ['ab', 'A'], ['b', 'c', 'a']],
    'kms:ResourceAliases': [[], ['alias/app'], ['a', 'ab']],
    'kms:RotationPeriodInDays': ['90', '7', '090', '90.5', '-1', 'x', ''],
    'kms:ValidTo': ['2027-01-01T00:00:00Z', '2027-01-01T01:00:00+01:00', '2026-12-31T23:59:59.999Z', 'x'],
    'aws:SecureTransport': ['true', 'false', 'x'],
    'kms:ReEncryptOnSameKey': ['true', 'false'],
    'aws:SourceIp': ['10.1.2.3', '::ffff:10.1.2.3', '11.0.0.1', '2001:db8::1', '2001:db8:1::', 'x'],
    'kms:GranteePrincipal': [alice, bob, rootArn, 'x'],
  };
}

const contextPrefix = 'kms:EncryptionContext:';
const suffix = fc.constantFrom('', '', 'IfExists');
const textKeys = [
  'kms:EncryptionContext:tenant',
  'kms:encryptioncontext:app',
  'kms:KeySpec',
  'aws:ResourceTag/app',
  'aws:username',
  'aws:PrincipalTag/team',
];
const texts = [
  'a',
  'A',
  'ab',
  'a*',
  '*',
  '?',
  'b?',
  '',
  'alias/app',
  '${aws:username}',
  '${*}',
  "${aws:ResourceTag/app, 'a'}",
  'a${kms:EncryptionContext:app}*',
];
const textOperators = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
];
const arnOperators = ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'];
const relations = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const numericOperators = relations.map((relation) => `Numeric${relation}`);
const dateOperators = relations.map((relation) => `Date${relation}`);
const ranges = ['10.0.0.0/8', '10.1.2.3', '0.0.0.0/0', '::/0', '2001:db8::/32', '::ffff:10.0.0.0/104', '10.1.2.0/31'];
const arns = [
  alice,
  bob,
  'arn:aws:iam::*:user/*',
  'arn:*:*:*:*:*',
  'arn:aws:iam::000000000000:user/token/${aws:username}',
  'arn:aws:iam::000000000000:roo?',
];
