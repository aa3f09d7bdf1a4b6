import { describe, expect, it } from 'vitest';
import { type OperatorName, comparison, familyOf, isNegated, parseOperator } from '../../src/access/condition-operators.ts';
import { plainPieces } from '../../src/access/policy-variables.ts';

describe('an operator', () => {
  it.each([
    ['StringEquals', 'StringEquals', undefined, false],
    ['StringEqualsIgnoreCase', 'StringEqualsIgnoreCase', undefined, false],
    ['StringEqualsIgnoreCaseIfExists', 'StringEqualsIgnoreCase', undefined, true],
    ['ForAnyValue:StringLike', 'StringLike', 'ForAnyValue', false],
    ['ForAllValues:ArnNotLikeIfExists', 'ArnNotLike', 'ForAllValues', true],
    ['NotIpAddress', 'NotIpAddress', undefined, false],
    ['Null', 'Null', undefined, false],
  ])('%s is %s, %s, if exists: %s', (text, operator, qualifier, ifExists) => {
    expect(parseOperator(text)).toEqual({ operator, qualifier, ifExists });
  });

  it.each([
    [''],
    ['stringEquals'],
    ['STRINGEQUALS'],
    ['StringEquals '],
    ['StringEqualsIfExistsIfExists'],
    ['IfExists'],
    ['forAnyValue:StringLike'],
    ['ForAnyValue:ForAllValues:StringLike'],
    ['ForAnyValue: StringLike'],
    ['ForAnyValue:'],
    ['BinaryEquals'],
    ['StringMatches'],
    ['constructor'],
    ['__proto__'],
  ])('%j is none', (text) => {
    expect(parseOperator(text)).toBeUndefined();
  });

  it('with Not in its name is negated, and no other', () => {
    const negated = operators.filter(isNegated);
    expect(negated).toEqual(operators.filter((operator) => operator.includes('Not')));
    expect(negated.length).toBe(8);
  });
});

describe('a value of the policy', () => {
  it.each([
    [
      'NumericEquals',
      ['0', '30', '-1', '0.5', '007', '123456789012345'],
      ['', ' 1', '1 ', '+1', '1.', '.5', '0x10', '1e3', 'NaN', 'Infinity', '1,5', '1234567890123456'],
    ],
    [
      'DateEquals',
      ['2027-01-31', '2027-01-31T10:00:00Z', '1767225600'],
      ['', '2027', 'tomorrow', '2027-02-30', '2027-01-31T10:00:00'],
    ],
    ['Bool', ['true', 'false'], ['', 'True', 'TRUE', 'yes', '1', ' true']],
    ['Null', ['true', 'false'], ['', 'null', '0']],
    [
      'IpAddress',
      ['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0'],
      [
        '',
        '*',
        '10.0.0',
        '10.0.0.0/33',
        '10.0.0.0/08',
        '010.0.0.1',
        '::/129',
        'fe80::1%eth0',
        '10.0.0.0/',
        '1.2.3.4/24/8',
        'localhost',
      ],
    ],
    [
      'ArnLike',
      ['arn:aws:iam::111122223333:user/token/alice', 'arn:*:*:*:*:*', ':::::', 'arn:aws:logs:us-east-1:111122223333:log-group:a:b'],
      ['', '*', 'arn:aws:iam::*', 'alice'],
    ],
    ['StringEquals', ['', '*', 'anything'], []],
  ] as const)('of %s may be %j and may not be %j', (operator, good, bad) => {
    const accepts = (value: string) => familyOf(operator).accepts(plainPieces(value));
    expect(good.filter((value) => !accepts(value))).toEqual([]);
    expect(bad.filter(accepts)).toEqual([]);
  });
});

describe('a comparison', () => {
  it.each<readonly [Exclude<OperatorName, 'Null'>, string, string, boolean]>([
    ['StringEquals', 'a', 'a', true],
    ['StringEquals', 'a', 'A', false],
    ['StringEquals', 'a', 'a ', false],
    ['StringEquals', 'a*', 'ab', false],
    ['StringEquals', 'a*', 'a*', true],
    ['StringNotEquals', 'a', 'a', true],
    ['StringEqualsIgnoreCase', 'Größe', 'GRÖSSE', false],
    ['StringEqualsIgnoreCase', 'TÜR*', 'tür*', true],
    ['StringEqualsIgnoreCase', 'a', 'b', false],
    ['StringLike', 'a*c', 'abc', true],
    ['StringLike', 'a?c', 'ac', false],
    ['StringLike', 'a*c', 'ABC', false],
    ['StringNotLike', 'a*c', 'abc', true],
    ['NumericEquals', '30', '30.0', true],
    ['NumericEquals', '30', '030', true],
    ['NumericEquals', '16', '0x10', false],
    ['NumericEquals', '0', '', false],
    ['NumericEquals', '123456789012345', '1234567890123456', false],
    ['NumericNotEquals', '30', '30', true],
    ['NumericLessThan', '9', '10', false],
    ['NumericLessThan', '10', '9', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericLessThanEquals', '10', 'ten', false],
    ['NumericGreaterThan', '-2', '-1', true],
    ['NumericGreaterThan', '0.1', '0.1', false],
    ['NumericGreaterThanEquals', '0.1', '0.10', true],
    ['NumericGreaterThanEquals', '0', 'Infinity', false],
    ['DateEquals', '2027-01-31T00:00:00Z', '2027-01-31', true],
    ['DateEquals', '1801353600', '2027-01-31', true],
    ['DateEquals', '2027-01-31T00:00:00Z', '2027-01-31T01:00:00+01:00', true],
    ['DateNotEquals', '2027-01-31', '2027-01-31', true],
    ['DateLessThan', '2027-01-31', '2027-01-30T23:59:59.999Z', true],
    ['DateLessThan', '2027-01-31', '2027-01-31', false],
    ['DateLessThan', '2027-01-31', 'yesterday', false],
    ['DateLessThanEquals', '2027-01-31', '2027-01-31', true],
    ['DateGreaterThan', '2027-01-31', '2027-01-31T00:00:00.001Z', true],
    ['DateGreaterThan', '2027-01-31', '1801353600', false],
    ['DateGreaterThanEquals', '2027-01-31', '1801353600', true],
    ['Bool', 'true', 'true', true],
    ['Bool', 'true', 'false', false],
    ['Bool', 'false', 'false', true],
    ['Bool', 'true', 'TRUE', false],
    ['Bool', 'false', '', false],
    ['IpAddress', '10.0.0.0/8', '10.255.0.1', true],
    ['IpAddress', '10.0.0.0/8', '11.0.0.1', false],
    ['NotIpAddress', '10.0.0.0/8', '10.0.0.1', true],
    ['ArnEquals', 'arn:aws:iam::*:user/*', 'arn:aws:iam::111122223333:user/token/alice', true],
    ['ArnLike', 'arn:aws:iam::*:user/*', 'arn:aws:iam::111122223333:user/token/alice', true],
    ['ArnNotEquals', 'arn:aws:iam::*:user/*', 'arn:aws:iam::111122223333:user/token/alice', true],
    ['ArnNotLike', 'arn:aws:iam::*:user/*', 'arn:aws:iam::111122223333:group/a', false],
  ])('%s %j with %j of the request: %s', (operator, policyValue, requestValue, fits) => {
    expect(comparison(operator, plainPieces(policyValue))(requestValue, () => undefined)).toBe(fits);
  });
});

const operators = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
  'NumericEquals',
  'NumericNotEquals',
  'NumericLessThan',
  'NumericLessThanEquals',
  'NumericGreaterThan',
  'NumericGreaterThanEquals',
  'DateEquals',
  'DateNotEquals',
  'DateLessThan',
  'DateLessThanEquals',
  'DateGreaterThan',
  'DateGreaterThanEquals',
  'Bool',
  'IpAddress',
  'NotIpAddress',
  'ArnEquals',
  'ArnLike',
  'ArnNotEquals',
  'ArnNotLike',
  'Null',
] as const satisfies readonly OperatorName[];
