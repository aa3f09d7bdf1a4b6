import { describe, expect, it } from 'vitest';
import { type AccessSources, authorize } from '../../src/access/authorize.ts';
import { compileKeyPolicy } from '../../src/access/compile-policy.ts';
import type { Decision } from '../../src/access/decision.ts';
import { type Situation, alice, allow, callers, deny, wholeAccount } from './decisions/row.ts';
import { caseOf, documentOf, parsed, requestOf, sourcesOf } from './situation.ts';

const tenant = 'kms:EncryptionContext:tenant';
const byIdentity = (index: number) => {
  return {
    kind: 'statement',
    policy: { kind: 'identity-policy', name: `policy-${index}`, owner: { kind: 'principal' } },
    index: 0,
    sid: undefined,
  };
};

/** What is allowed is in the tables of decisions/. */
describe('a decision', () => {
  it.each<[string, Situation, Pick<Decision, 'allowed' | 'by'>]>([
    [
      'an Allow of the key policy',
      { keyPolicy: [allow({ Action: 'kms:Decrypt' }), allow({ Sid: 'Use' })] },
      { allowed: true, by: { kind: 'statement', policy: { kind: 'key-policy' }, index: 1, sid: 'Use' } },
    ],
    [
      'a Deny of the key policy',
      { keyPolicy: [allow(), deny({ Sid: 'Never' })] },
      { allowed: false, by: { kind: 'statement', policy: { kind: 'key-policy' }, index: 1, sid: 'Never' } },
    ],
    ['a Deny of an identity policy', { identity: [[allow()], [deny()]] }, { allowed: false, by: byIdentity(1) as Decision['by'] }],
    [
      'trust and an identity policy',
      { keyPolicy: [allow({ Principal: wholeAccount })], identity: [[allow()]] },
      {
        allowed: true,
        by: {
          kind: 'account-trust',
          trust: { kind: 'statement', policy: { kind: 'key-policy' }, index: 0, sid: undefined },
          identity: byIdentity(0) as never,
        },
      },
    ],
    [
      'trust and root',
      { caller: 'root', keyPolicy: [allow({ Principal: wholeAccount })] },
      {
        allowed: true,
        by: {
          kind: 'account-trust',
          trust: { kind: 'statement', policy: { kind: 'key-policy' }, index: 0, sid: undefined },
          identity: 'root',
        },
      },
    ],
    ['root where no key is', { caller: 'root', action: 'kms:CreateKey', resource: '*' }, { allowed: true, by: { kind: 'root' } }],
    [
      'a grant',
      {
        grants: [
          { grantee: 'bob', operations: ['Encrypt'] },
          { grantee: 'alice', operations: ['Encrypt'] },
        ],
      },
      { allowed: true, by: { kind: 'grant', grantId: `${'0'.repeat(63)}1` } },
    ],
    ['nothing', {}, { allowed: false, by: { kind: 'nothing' } }],
  ])('says that it was %s', (_, situation, expected) => {
    expect(decide(situation)).toMatchObject(expected);
  });

  it('says which condition keys it read, and no others', () => {
    const conditions = { StringEquals: { [tenant]: 'blue' }, Bool: { 'aws:SecureTransport': 'true' } };
    const keyPolicy = [allow({ Condition: conditions })];
    const context = { name: 'kms:EncryptionContext', parameter: 'tenant' };
    expect(
      decide({ keyPolicy, attributes: { [tenant]: 'red' } })
        .reads.list()
        .map(plain),
    ).toEqual([context]);
    expect(
      decide({ keyPolicy, attributes: { [tenant]: 'blue' } })
        .reads.list()
        .map(plain),
    ).toEqual([{ name: 'aws:SecureTransport', parameter: undefined }, context]);
    expect(decide({ keyPolicy: [allow()] }).reads.list()).toEqual([]);
  });

  it('passes the change counter on', () => {
    const one = caseOf({});
    expect(authorize(requestOf(one), { ...sourcesOf(one), counter: 42 }).counter).toBe(42);
  });
});

describe('the moment until which a decision stands', () => {
  const now = '2027-03-01T12:00:00.500Z';
  const until = (condition: object) => iso(decide({ now, keyPolicy: [allow({ Condition: condition })] }).validUntil);

  it.each<[string, object, string | undefined]>([
    ['nothing reads the time', { Bool: { 'aws:SecureTransport': 'true' } }, undefined],
    ['before a date to come', { DateLessThan: { 'aws:CurrentTime': '2027-03-02' } }, '2027-03-02T00:00:00.000Z'],
    ['not after a date to come', { DateLessThanEquals: { 'aws:CurrentTime': '2027-03-02' } }, '2027-03-02T00:00:01.000Z'],
    ['after a date to come', { DateGreaterThan: { 'aws:CurrentTime': '2027-03-02' } }, '2027-03-02T00:00:01.000Z'],
    ['not before a date to come', { DateGreaterThanEquals: { 'aws:CurrentTime': '2027-03-02' } }, '2027-03-02T00:00:00.000Z'],
    ['a date to come', { DateEquals: { 'aws:CurrentTime': '2027-03-02' } }, '2027-03-02T00:00:00.000Z'],
    ['not a date to come', { DateNotEquals: { 'aws:CurrentTime': '2027-03-02' } }, '2027-03-02T00:00:00.000Z'],
    ['this second', { DateEquals: { 'aws:CurrentTime': '2027-03-01T12:00:00Z' } }, '2027-03-01T12:00:01.000Z'],
    ['not after this second', { DateLessThanEquals: { 'aws:CurrentTime': '2027-03-01T12:00:00Z' } }, '2027-03-01T12:00:01.000Z'],
    ['before a date that is past', { DateLessThan: { 'aws:CurrentTime': '2027-03-01' } }, undefined],
    ['after a date that is past', { DateGreaterThan: { 'aws:CurrentTime': '2027-03-01' } }, undefined],
    [
      'before half a second to come',
      { DateLessThan: { 'aws:CurrentTime': '2027-03-01T12:00:05.500Z' } },
      '2027-03-01T12:00:06.000Z',
    ],
    ['seconds since 1970', { NumericLessThan: { 'aws:EpochTime': '1803902410' } }, '2027-03-01T12:00:10.000Z'],
    ['a text of the time', { StringLike: { 'aws:CurrentTime': '2027-*' } }, '2027-03-01T12:00:01.000Z'],
    [
      'the first of two',
      { DateLessThan: { 'aws:CurrentTime': '2027-03-03' }, DateGreaterThan: { 'aws:CurrentTime': '2027-03-02' } },
      '2027-03-02T00:00:01.000Z',
    ],
    [
      'what was not asked',
      { Bool: { 'aws:SecureTransport': 'true' }, DateLessThan: { 'aws:CurrentTime': '2027-03-02' } },
      undefined,
    ],
  ])('with a condition on %s', (_, condition, expected) => {
    expect(until(condition)).toBe(expected);
  });
});

describe('a key policy', () => {
  it('is bound to principals, not to their names', () => {
    const one = caseOf({ keyPolicy: [allow()] });
    const somebodyElse = { ...requestOf(one).caller, principalId: requestOf(caseOf({ caller: 'bob' })).caller.principalId };
    expect(authorize(requestOf(one), sourcesOf(one)).allowed).toBe(true);
    expect(authorize({ ...requestOf(one), caller: somebodyElse }, sourcesOf(one)).allowed).toBe(false);
  });

  it('keeps no answer that depends on who calls', () => {
    const grantee = 'kms:GranteePrincipal';
    const condition = { ArnEquals: { [grantee]: 'arn:aws:iam::000000000000:user/token/${aws:username}' } };
    const one = caseOf({ keyPolicy: [allow({ Principal: '*', Condition: condition })], attributes: { [grantee]: alice } });
    const sources = sourcesOf(one);
    const allowed = (['alice', 'bob', 'alice'] as const).map((caller) => authorize(requestOf({ ...one, caller }), sources).allowed);
    expect(allowed).toEqual([true, false, true]);
  });

  it('is not compiled without the ids of the principals that it names', () => {
    const document = parsed(documentOf([allow({ Principal: { AWS: alice } })]), 'key');
    expect(() => compileKeyPolicy(document, new Map())).toThrow(/is not bound to a principal/);
  });

  it('says what its statements may read, each once', () => {
    const conditions = {
      StringEquals: { [tenant]: '${aws:PrincipalTag/team}', 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' },
      StringLike: { 'aws:SourceVpc': 'vpc-*', [tenant]: 'b*' },
      Null: { 'kms:ResourceAliases': 'false' },
    };
    const { keyPolicy } = sourcesOf(caseOf({ keyPolicy: [allow({ Condition: conditions }), deny({ Condition: conditions })] }));
    expect(keyPolicy?.reads.map(plain)).toEqual([
      { name: 'kms:EncryptionContext', parameter: 'tenant' },
      { name: 'aws:PrincipalTag', parameter: 'team' },
      { name: 'aws:ResourceTag', parameter: 'team' },
      { name: 'kms:ResourceAliases', parameter: undefined },
    ]);
  });
});

it('asks a request for what policies read, and never for who calls or what time it is', () => {
  const one = caseOf({
    keyPolicy: [
      allow({
        Condition: {
          StringEquals: { [tenant]: '${aws:username}', 'aws:userid': callers.alice.id },
          DateGreaterThan: { 'aws:CurrentTime': '2027-01-01' },
        },
      }),
    ],
    attributes: { [tenant]: 'alice' },
  });
  const request = requestOf(one);
  const asked: string[] = [];
  const sources: AccessSources = sourcesOf(one);
  const attributes: typeof request.attributes = (name, parameter) => {
    asked.push(name);
    return request.attributes(name, parameter);
  };
  expect(authorize({ ...request, attributes }, sources).allowed).toBe(true);
  expect(asked).toEqual(['kms:EncryptionContext']);
});

function decide(situation: Situation): Decision {
  const one = caseOf(situation);
  return authorize(requestOf(one), sourcesOf(one));
}

function plain({ name, parameter }: { name: string; parameter: string | undefined }) {
  return { name, parameter };
}

function iso(ms: number): string | undefined {
  return ms === Infinity ? undefined : new Date(ms).toISOString();
}
