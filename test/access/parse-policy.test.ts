import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/access/parse-policy.ts';
import { malformedPolicy } from '../../src/access/policy-findings.ts';
import { accepted, identityPolicy, keyPolicy, policyOf, problemsOf, scope } from './example-policy.ts';

describe('a key policy', () => {
  it('is read into statements', () => {
    const text = policyOf(
      { Sid: 'Account', Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
      {
        Sid: '',
        Effect: 'Deny',
        NotPrincipal: { AWS: ['arn:aws:iam::111122223333:root', 'arn:aws:iam::111122223333:user/token/alice'] },
        NotAction: ['kms:Describe*', 'kms:List*'],
        NotResource: 'arn:aws:kms:*:111122223333:key/${aws:PrincipalTag/key}',
        Condition: {
          'ForAnyValue:StringLikeIfExists': { 'KMS:resourcealiases': ['alias/a*', 'alias/b*'] },
          NumericLessThan: { 'kms:RotationPeriodInDays': 365 },
          Bool: { 'aws:SecureTransport': false },
        },
      },
    );
    expect(accepted(text)).toEqual({
      version: '2012-10-17',
      statements: [
        {
          index: 0,
          sid: 'Account',
          effect: 'Allow',
          principal: { negated: false, everyone: false, account: true, arns: [] },
          action: { negated: false, patterns: ['kms:*'] },
          resource: { negated: false, patterns: ['*'] },
          conditions: [],
        },
        {
          index: 1,
          sid: undefined,
          effect: 'Deny',
          principal: { negated: true, everyone: false, account: true, arns: ['arn:aws:iam::111122223333:user/token/alice'] },
          action: { negated: true, patterns: ['kms:Describe*', 'kms:List*'] },
          resource: { negated: true, patterns: ['arn:aws:kms:*:111122223333:key/${aws:PrincipalTag/key}'] },
          conditions: [
            {
              operator: 'StringLike',
              qualifier: 'ForAnyValue',
              ifExists: true,
              key: { kind: 'known', name: 'kms:ResourceAliases', parameter: undefined },
              values: ['alias/a*', 'alias/b*'],
            },
            {
              operator: 'NumericLessThan',
              qualifier: undefined,
              ifExists: false,
              key: { kind: 'known', name: 'kms:RotationPeriodInDays', parameter: undefined },
              values: ['365'],
            },
            {
              operator: 'Bool',
              qualifier: undefined,
              ifExists: false,
              key: { kind: 'known', name: 'aws:SecureTransport', parameter: undefined },
              values: ['false'],
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['one statement without its list', '{"Statement": {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}'],
    [
      'an Id and the old version',
      '{"Version":"2008-10-17","Id":"key-default-1","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}]}',
    ],
    ['Sids with spaces, as AWS KMS has', keyPolicy({ Sid: 'Allow access through EBS' })],
    [
      'ARNs in the encryption context, as AWS services have',
      keyPolicy({
        Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:us-east-1:111122223333:log-group:a' } },
      }),
    ],
  ])('may have %s', (_, text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it('of no version is one of 2008', () => {
    expect(accepted('{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}').version).toBe('2008-10-17');
  });
});

it('an identity policy has no principal', () => {
  expect(accepted(identityPolicy(), 'identity').statements[0]?.principal).toBeUndefined();
  expect(problemsOf(identityPolicy({ Principal: '*' }), 'identity')).toEqual([
    'Statement[0].Principal stands in key policies only; this one is for whoever it is attached to.',
  ]);
  expect(problemsOf(identityPolicy({ NotPrincipal: '*' }), 'identity')).toHaveLength(1);
});

describe('a problem', () => {
  const text = [
    '{',
    '  "Version": "2012-10-17",',
    '  "Statement": [',
    '    { "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*" },',
    '    {',
    '      "Sid": "Reads \\"all\\"",',
    '      "Effect": "allow",',
    '      "Principal": "*",',
    '      "Action": ["kms:Decrypt", "kms:Decript"],',
    '      "Resource": "*",',
    '      "Condition": { "Bool": { "aws:SecureTransport": "yes" } }',
    '    }',
    '  ]',
    '}',
  ].join('\n');

  it('names statement, Sid, path, line and column; all are told at once, in the order of the document', () => {
    const { problems = [] } = parsePolicy(text, { kind: 'key', scope });
    const where = { statement: 1, sid: 'Reads "all"' };
    expect(problems).toEqual([
      { ...where, path: 'Statement[1].Effect', line: 7, column: 7, message: 'must be "Allow" or "Deny", not "allow".' },
      { ...where, path: 'Statement[1].Action[1]', line: 9, column: 33, message: expect.stringContaining('"kms:Decript"') },
      {
        ...where,
        path: 'Statement[1].Condition.Bool.aws:SecureTransport',
        line: 11,
        column: 32,
        message: expect.stringContaining('true or false'),
      },
    ]);
  });

  it('becomes a field violation of MALFORMED_POLICY', () => {
    const { problems = [] } = parsePolicy(text, { kind: 'key', scope });
    const error = malformedPolicy(problems);
    expect(error.reason).toBe('MALFORMED_POLICY');
    expect(error.message).toBe(
      'The policy is refused. policy.Statement[1].Effect: must be "Allow" or "Deny", not "allow". (statement "Reads \\"all\\"", line 7, column 7)' +
        ' This is the first of 3 problems.',
    );
    expect(error.fieldViolations).toHaveLength(3);
    expect(error.fieldViolations[1]?.field).toBe('policy.Statement[1].Action[1]');
    expect(malformedPolicy(problems, 'key_policy').fieldViolations[0]?.field).toBe('key_policy.Statement[1].Effect');
  });

  it('is left out of the violations when the metadata of an answer has no more room', () => {
    const statement = { Effect: 'Allow', Principal: { AWS: `user/${'é'.repeat(200)}` }, Action: 'kms:*', Resource: '*' };
    const { problems = [] } = parsePolicy(policyOf(...Array.from({ length: 30 }, () => statement)), { kind: 'key', scope });
    const { message, fieldViolations } = malformedPolicy(problems);
    expect(message).toContain('This is the first of 20 problems.');
    expect(fieldViolations.length).toBeGreaterThan(3);
    expect(Buffer.byteLength(JSON.stringify(fieldViolations))).toBeLessThan(4000);
  });

  it('of syntax has its line and column, and is the only one', () => {
    const { problems } = parsePolicy('{\r\n  "Version": "2012-10-17"\r\n  "Statement": []\r\n}', { kind: 'key', scope });
    expect(problems).toEqual([
      { statement: undefined, sid: undefined, path: '', line: 3, column: 3, message: 'a comma or } must stand here.' },
    ]);
  });

  it('is one of 20 at most, however many there are', () => {
    expect(problemsOf(policyOf(...Array.from({ length: 50 }, () => ({}))))).toHaveLength(20);
  });

  it('shows little of what is in the document, and on one line', () => {
    const hostile = `a\n\u0007${'x'.repeat(5000)}`;
    const { problems = [] } = parsePolicy(keyPolicy({ [hostile]: 1, Effect: hostile, Action: hostile }), { kind: 'key', scope });
    expect(problems).toHaveLength(3);
    for (const { path, message } of problems) expect(`${path} ${message}`).toMatch(/^[ -~…]{1,400}$/);
  });
});

describe('a document', () => {
  it.each([
    ['', 'a value must stand here'],
    ['null', 'must be an object, not null'],
    ['"policy"', 'must be an object, not a string'],
    ['[]', 'must be an object, not a list'],
    ['{}', 'is an empty object'],
    ['{"Version":"2012-10-17"}', 'Statement is missing'],
    ['{"Statement":[]}', 'Statement is an empty list'],
    ['{"Statement":{}}', 'Statement is an empty object'],
    ['{"Statement":[[]]}', 'Statement[0] must be an object, not a list'],
    ['{"Statement":"Allow"}', 'Statement must be an object, not a string'],
    ['{"statement":[]}', 'statement is written Statement; the case counts.'],
    [withTop('"Version":"2012-10-18"'), 'Version must be "2012-10-17" or "2008-10-17", not "2012-10-18"'],
    [withTop('"Version":20121017'), 'Version must be a string, not a number'],
    [withTop('"version":"2012-10-17"'), 'version is written Version'],
    [withTop('"Id":1'), 'Id must be a string, not a number'],
    [withTop('"Comment":""'), 'Comment is not known here; known are Version, Id, Statement'],
    [withTop('"__proto__":{"Effect":"Allow"}'), '["__proto__"] is not known here'],
    [withTop('"Id":"a","Id":"a"'), '"Id" stands twice in one object'],
  ])('%s is refused: %s', (text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
  });

  it('has 32 KiB of UTF-8 at most, or what is allowed', () => {
    const full = keyPolicy({ Sid: 'é'.repeat(1000) });
    const bytes = Buffer.byteLength(full);
    const fits = (maxBytes: number) => parsePolicy(full, { kind: 'key', scope, maxBytes }).problems?.[0]?.message;
    expect(fits(bytes)).toBeUndefined();
    expect(fits(bytes - 1)).toBe(`has ${bytes} bytes of UTF-8; ${bytes - 1} is the most.`);
    const padding = (size: number) => keyPolicy() + ' '.repeat(size - keyPolicy().length);
    expect(problemsOf(padding(32_768))).toEqual([]);
    expect(problemsOf(padding(32_769))).toEqual([' has 32769 bytes of UTF-8; 32768 is the most.']);
  });
});

function withTop(member: string): string {
  return `{${member},"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}`;
}
