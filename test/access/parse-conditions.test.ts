import { describe, expect, it } from 'vitest';
import { accepted, identityPolicy, keyPolicy, problemsOf, warningsOf } from './example-policy.ts';

describe('a condition', () => {
  it.each<[unknown, string]>([
    [{}, ' is an empty object'],
    ['true', ' must be an object, not a string'],
    [{ StringEquals: {} }, '.StringEquals is an empty object'],
    [{ StringEquals: 'a' }, '.StringEquals must be an object, not a string'],
    [{ StringEquals: { 'aws:userid': [] } }, '.StringEquals.aws:userid is an empty list'],
    [{ StringEquals: { 'aws:userid': null } }, '.StringEquals.aws:userid must be a string, a number, true or false'],
    [{ StringEquals: { 'aws:userid': ['a', ['b']] } }, '.StringEquals.aws:userid[1] must be a string, a number'],
    [{ StringEquals: { 'aws:userid': { a: 'b' } } }, '.StringEquals.aws:userid must be a string, a number'],
    [{ stringEquals: { 'aws:userid': 'a' } }, '.stringEquals names no operator'],
    [{ BinaryEquals: { 'aws:userid': 'QQ==' } }, '.BinaryEquals names no operator'],
    [{ 'ForSomeValues:StringLike': { 'aws:userid': 'a' } }, '.ForSomeValues:StringLike names no operator'],
    [{ NullIfExists: { 'aws:userid': 'true' } }, '.NullIfExists asks whether a key is there'],
    [{ 'ForAnyValue:Null': { 'aws:TagKeys': 'true' } }, '.ForAnyValue:Null asks whether a key is there'],
    [{ constructor: { 'aws:userid': 'a' } }, '.constructor names no operator'],
    [{ ['__proto__']: { 'aws:userid': 'a' } }, '["__proto__"] names no operator'],
    [{ StringEquals: { ['__proto__']: 'a' } }, '.StringEquals["__proto__"] names no condition key'],
    [
      { IpAddress: { 'AWS:SorceIp': '10.0.0.1' } },
      '.IpAddress.AWS:SorceIp names no condition key: "AWS:SorceIp". Did you mean aws:SourceIp? Keys are',
    ],
    [{ StringEquals: { 's3:prefix': 'a' } }, '.StringEquals.s3:prefix names no condition key'],
    [{ StringEquals: { 'aws:userid ': 'a' } }, '.StringEquals["aws:userid "] names no condition key'],
    [{ StringEquals: { 'aws:userid': 'a', 'AWS:UserId': 'b' } }, '.StringEquals.AWS:UserId names "aws:userid" a second time'],
    [{ NumericEquals: { 'aws:userid': '1' } }, '.NumericEquals.aws:userid cannot be compared by NumericEquals'],
    [{ IpAddress: { 'aws:CurrentTime': '10.0.0.1' } }, '.IpAddress.aws:CurrentTime cannot be compared by IpAddress'],
    [{ ArnLike: { 'kms:KeySpec': 'arn:aws:kms:::a' } }, '.ArnLike.kms:KeySpec cannot be compared by ArnLike'],
    [{ Bool: { 'aws:SecureTransport': ['true', 'false'] } }, '.Bool.aws:SecureTransport has more than one value'],
    [{ Null: { 'aws:TagKeys': ['true', 'false'] } }, '.Null.aws:TagKeys has more than one value'],
    [{ Null: { 'aws:TagKeys': 'no' } }, '.Null.aws:TagKeys must be true or false, not "no"'],
    [
      { NumericLessThan: { 'kms:RotationPeriodInDays': ['90', '1e3'] } },
      '.NumericLessThan.kms:RotationPeriodInDays[1] must be a decimal number',
    ],
    [{ DateLessThan: { 'aws:CurrentTime': '2027-02-30' } }, '.DateLessThan.aws:CurrentTime must be a date'],
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } }, '.IpAddress.aws:SourceIp must be an address or a range'],
    [{ ArnLike: { 'aws:PrincipalArn': '*' } }, '.ArnLike.aws:PrincipalArn must be an ARN of six parts'],
    [
      { NumericEquals: { 'kms:RotationPeriodInDays': '${aws:userid}' } },
      '.NumericEquals.kms:RotationPeriodInDays must be a decimal number',
    ],
    [{ StringEquals: { 'aws:userid': '${aws:nobody}' } }, '.StringEquals.aws:userid has the variable "${aws:nobody}"'],
    [{ DateLessThan: { 'aws:TokenIssueTime': 'never' } }, '.DateLessThan.aws:TokenIssueTime must be a date'],
    [
      { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:tenant': 'a' } },
      '.ForAllValues:StringEquals.kms:EncryptionContext:tenant has one value',
    ],
    [{ 'ForAllValues:StringLike': { 'aws:RequestTag/team': 'a' } }, '.ForAllValues:StringLike.aws:RequestTag/team has one value'],
  ])('%j is refused: %s', (condition, problem) => {
    const problems = problemsOf(keyPolicy({ Condition: condition }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`Statement[0].Condition${problem}`);
  });

  it('may have no more than 50 values with a variable between two stars', () => {
    const policy = (searched: number) =>
      keyPolicy({
        Condition: {
          StringLike: {
            'aws:username': [
              ...Array.from({ length: searched }, (_, index) => `*\${aws:userid}${index}*`),
              '${aws:userid}*',
              '*${*}*',
            ],
          },
        },
      });
    expect(problemsOf(policy(50))).toEqual([]);
    expect(problemsOf(policy(51))).toEqual([
      expect.stringContaining('Statement[0].Condition.StringLike.aws:username[50] is one value too many with a variable between'),
    ]);
  });

  it('is checked also where the rest of the statement is refused', () => {
    expect(problemsOf(keyPolicy({ Effect: 'No', Condition: { Bool: { 'aws:SecureTransport': 'No' } } }))).toHaveLength(2);
  });

  it.each([
    [111122223333, '111122223333'],
    [1.5, '1.5'],
    [true, 'true'],
    ['${aws:PrincipalAccount}', '${aws:PrincipalAccount}'],
    ['', ''],
  ])('has the value %j as text', (value, text) => {
    const [statement] = accepted(keyPolicy({ Condition: { StringEquals: { 'kms:CallerAccount': value } } })).statements;
    expect(statement?.conditions[0]?.values).toEqual([text]);
  });

  it('keeps the digits of a number as they are written', () => {
    const text = keyPolicy({ Condition: { StringEquals: { 'kms:CallerAccount': 987654 } } }).replace('987654', '1.50E+2');
    expect(accepted(text).statements[0]?.conditions[0]?.values).toEqual(['1.50E+2']);
  });

  it('may ask of every key whether it is there, and compare it as a string', () => {
    const condition = { Null: { 'aws:SourceIp': 'false', 'kms:ValidTo': true }, StringLike: { 'aws:SourceIp': '10.*' } };
    expect(problemsOf(keyPolicy({ Condition: condition }))).toEqual([]);
  });
});

describe('a warning', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ Action: 'kms:Sign' }, 'Statement[0].Action names what AWS KMS can do and this service cannot, "kms:Sign"'],
    [{ Action: 'kms:CreateKey' }, 'Statement[0].Action names no action on a key, "kms:CreateKey"'],
    [{ Resource: 'arn:aws:kms:eu-west-1:111122223333:key/*' }, 'Statement[0].Resource is about nothing in this service'],
    [{ Resource: 'arn:aws:s3:::bucket/*' }, 'Statement[0].Resource is about nothing in this service'],
    [
      { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
      'Statement[0].Condition.StringEquals.aws:PrincipalOrgID is never there in requests to this service',
    ],
    [
      { Condition: { StringEquals: { 'kms:viaservice': 's3.us-east-1.amazonaws.com' } } },
      'Statement[0].Condition.StringEquals.kms:viaservice is never there in requests to this service',
    ],
    [
      { Condition: { StringEquals: { 'kms:ResourceAliases': 'alias/a' } } },
      'Statement[0].Condition.StringEquals.kms:ResourceAliases may have several values in a request',
    ],
    [
      { Condition: { 'ForAnyValue:StringEquals': { 'aws:userid': 'a' } } },
      'Statement[0].Condition.ForAnyValue:StringEquals.aws:userid has one value in a request',
    ],
    [
      { Condition: { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['a'] } } },
      'Statement[0].Condition allows requests without "kms:EncryptionContextKeys" too, by ForAllValues; require it by "Null": {"kms:EncryptionContextKeys": "false"}',
    ],
    [
      { Principal: undefined, NotPrincipal: { AWS: '111122223333' } },
      'Statement[0] allows every principal but those of NotPrincipal',
    ],
  ])('about %j: %s', (elements, warning) => {
    const warnings = warningsOf(keyPolicy(elements));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(warning);
  });

  it.each<[Record<string, unknown>]>([
    [{ Action: ['kms:*', 'kms:Generate*', 'kms:Create*'] }],
    [{ Condition: { Null: { 'kms:ResourceAliases': 'true' } } }],
    [{ Effect: 'Deny', Condition: { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['a'] } } }],
    [{ Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' }, Null: { 'aws:tagkeys': 'false' } } }],
    [{ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: '111122223333' } }],
  ])('is not given about %j', (elements) => {
    expect(warningsOf(keyPolicy(elements))).toEqual([]);
  });

  it('is given about variables in a document of 2008, which has none', () => {
    const statement = {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:userid': '${aws:username}' } },
    };
    expect(warningsOf(JSON.stringify({ Statement: statement }), 'identity')).toEqual([
      'Statement.Condition.StringEquals.aws:userid has ${…} as it is written: variables need "Version": "2012-10-17".',
    ]);
  });

  it('about calls on no key is for key policies only', () => {
    expect(warningsOf(identityPolicy({ Action: ['kms:CreateKey', 'latchkey:*'] }), 'identity')).toEqual([]);
  });
});
