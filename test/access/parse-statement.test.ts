import { describe, expect, it } from 'vitest';
import { accepted, identityPolicy, keyPolicy, policyOf, problemsOf, warningsOf } from './example-policy.ts';

describe('a statement', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ Effect: undefined }, 'Statement[0] lacks Effect'],
    [{ Effect: 'allow' }, 'Statement[0].Effect must be "Allow" or "Deny", not "allow"'],
    [{ Effect: 'Allow ' }, 'Statement[0].Effect must be "Allow" or "Deny", not "Allow "'],
    [{ Effect: ['Allow'] }, 'Statement[0].Effect must be a string, not a list'],
    [{ effect: 'Deny' }, 'Statement[0].effect is written Effect'],
    [{ Sid: 7 }, 'Statement[0].Sid must be a string, not a number'],
    [{ Principals: '*' }, 'Statement[0].Principals is not known here'],
    [{ ['__proto__']: {} }, 'Statement[0]["__proto__"] is not known here'],
    [{ Action: undefined }, 'Statement[0] lacks Action or NotAction'],
    [{ NotAction: 'kms:*' }, 'Statement[0].NotAction stands beside Action'],
    [{ Action: [] }, 'Statement[0].Action is an empty list'],
    [{ Action: [['kms:*']] }, 'Statement[0].Action[0] must be a string, not a list'],
    [{ Action: { kms: '*' } }, 'Statement[0].Action must be a string, not an object'],
    [{ Action: null }, 'Statement[0].Action must be a string, not null'],
    [{ Action: ['kms:Decrypt', 'kms:ReEncrypt'] }, 'Statement[0].Action[1] names no action: "kms:ReEncrypt"'],
    [{ Action: 's3:*' }, 'Statement[0].Action names no action: "s3:*". Actions are'],
    [{ Action: 'kms:Decrpt' }, 'Statement[0].Action names no action: "kms:Decrpt". Did you mean kms:Decrypt? Actions are'],
    [{ Action: undefined, NotAction: 'kms:Foo' }, 'Statement[0].NotAction names no action'],
    [{ Resource: undefined }, 'Statement[0] lacks Resource or NotResource'],
    [{ NotResource: '*' }, 'Statement[0].NotResource stands beside Resource'],
    [{ Resource: [] }, 'Statement[0].Resource is an empty list'],
    [{ Resource: true }, 'Statement[0].Resource must be a string, not a boolean'],
    [{ Principal: undefined }, 'Statement[0] lacks Principal or NotPrincipal'],
    [{ NotPrincipal: '*' }, 'Statement[0].NotPrincipal stands beside Principal'],
    [{ Condition: [] }, 'Statement[0].Condition must be an object, not a list'],
  ])('%j is refused: %s', (elements, problem) => {
    const problems = problemsOf(keyPolicy(elements));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('tells all that is wrong with it', () => {
    expect(problemsOf(policyOf({ Sid: 'a' }))).toEqual([
      'Statement[0] lacks Effect, which is "Allow" or "Deny".',
      'Statement[0] lacks Principal or NotPrincipal.',
      'Statement[0] lacks Action or NotAction.',
      'Statement[0] lacks Resource or NotResource.',
    ]);
  });

  it('has a Sid of its own', () => {
    const statement = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };
    expect(problemsOf(policyOf({ ...statement, Sid: 'a' }, { ...statement, Sid: 'A' }), 'identity')).toEqual([]);
    expect(problemsOf(policyOf({ ...statement, Sid: '' }, { ...statement, Sid: '' }), 'identity')).toEqual([]);
    expect(problemsOf(policyOf({ ...statement, Sid: 'a' }, { ...statement, Sid: 'a' }), 'identity')).toEqual([
      'Statement[1] has the Sid of another statement, "a".',
    ]);
  });
});

describe('a principal of a key policy', () => {
  it.each<[unknown, object]>([
    ['*', { everyone: true }],
    [{ AWS: '*' }, { everyone: true }],
    [{ AWS: ['*'] }, { everyone: true }],
    [{ AWS: '111122223333' }, { account: true }],
    [{ AWS: 'arn:aws:iam::111122223333:root' }, { account: true }],
    [{ AWS: 'arn:aws:iam::111122223333:user/token/a' }, { arns: ['arn:aws:iam::111122223333:user/token/a'] }],
    [
      { AWS: ['*', '111122223333', 'arn:aws:iam::111122223333:user/cert/a'] },
      { everyone: true, account: true, arns: ['arn:aws:iam::111122223333:user/cert/a'] },
    ],
  ])('%j is %j', (principal, clause) => {
    const [statement] = accepted(keyPolicy({ Principal: principal })).statements;
    expect(statement?.principal).toEqual({ negated: false, everyone: false, account: false, arns: [], ...clause });
  });

  it.each<[unknown, string]>([
    ['111122223333', 'Principal must be "*", or {"AWS": …}'],
    [['*'], 'Principal must be an object, not a list'],
    [{}, 'Principal is an empty object'],
    [{ aws: '*' }, 'Principal.aws is written AWS'],
    [{ Service: 'ec2.amazonaws.com' }, 'Principal.Service is not known here; known are AWS'],
    [{ Federated: 'accounts.google.com' }, 'Principal.Federated is not known'],
    [{ CanonicalUser: '79a59d' }, 'Principal.CanonicalUser is not known'],
    [{ AWS: [] }, 'Principal.AWS is an empty list'],
    [{ AWS: 111122223333 }, 'Principal.AWS must be a string, not a number'],
    [{ AWS: '444455556666' }, 'Principal.AWS is of another account, "444455556666"'],
    [{ AWS: 'arn:aws:iam::444455556666:root' }, 'Principal.AWS is of another account'],
    [{ AWS: ['*', 'arn:aws:iam::111122223333:user/*'] }, 'Principal.AWS[1] has a wildcard within a name'],
    [{ AWS: 'arn:aws:iam::111122223333:role/admin' }, 'Principal.AWS names no principal of this service'],
    [{ AWS: '111122223333 ' }, 'Principal.AWS names no principal of this service'],
    [{ AWS: 'AIDACKCEVSQ6C2EXAMPLE' }, 'Principal.AWS names no principal of this service'],
    [{ AWS: '${aws:PrincipalArn}' }, 'Principal.AWS names no principal of this service'],
    [{ AWS: '' }, 'Principal.AWS names no principal of this service'],
  ])('%j is refused: %s', (principal, problem) => {
    const problems = problemsOf(keyPolicy({ Principal: principal }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`Statement[0].${problem}`);
  });

  it.each([['*'], [{ AWS: '*' }], [{ AWS: ['111122223333', '*'] }]])(
    '%j is everybody: a warning, unless it is conditional',
    (Principal) => {
      const warning =
        'Statement[0].Principal allows every principal of this server, also those that come for the first time; name those that may, or add a Condition.';
      expect(warningsOf(keyPolicy({ Principal }))).toEqual([warning]);
      expect(warningsOf(keyPolicy({ Principal, Effect: 'Deny' }))).toEqual([]);
      expect(warningsOf(keyPolicy({ Principal, Condition: { StringLike: { 'aws:PrincipalTag/team': '*' } } }))).toEqual([]);
    },
  );

  it('is not excluded together with everybody', () => {
    expect(problemsOf(keyPolicy({ Principal: undefined, NotPrincipal: { AWS: ['111122223333', '*'] } }))).toEqual([
      'Statement[0].NotPrincipal.AWS[1] excludes everybody, so that the statement is about nobody.',
    ]);
  });
});

describe('a resource', () => {
  it.each([
    ['*'],
    ['arn:aws:kms:us-east-1:111122223333:key/0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['arn:aws:kms:*:*:alias/${aws:username}/*'],
    ['arn:*:*:*:*:*'],
    ['arn:aws:iam::111122223333:user/token/*'],
  ])('%s is one, without a warning', (resource) => {
    expect(warningsOf(identityPolicy({ Resource: resource }), 'identity')).toEqual([]);
  });

  it.each([
    [''],
    ['**'],
    ['key/0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['arn:aws:kms:us-east-1:key/1'],
    ['ARN:aws:kms:us-east-1:111122223333:key/*'],
    [' arn:aws:kms:us-east-1:111122223333:key/*'],
    ['*:aws:kms:us-east-1:111122223333:key/*'],
  ])('%j is refused', (resource) => {
    expect(problemsOf(identityPolicy({ Resource: resource }), 'identity')).toEqual([
      expect.stringContaining('Statement[0].Resource must be "*" or an ARN of six parts'),
    ]);
  });

  it.each([
    ['arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/*', 'a variable before its fifth colon'],
    ['arn:aws:kms:us-east-1:111122223333:key/${aws:nobody}', 'names no condition key'],
    ['arn:aws:kms:us-east-1:111122223333:key/${', 'begins no variable'],
  ])('%s is refused: it has %s', (resource, problem) => {
    expect(problemsOf(identityPolicy({ Resource: resource }), 'identity')).toEqual([expect.stringContaining(problem)]);
  });
});
