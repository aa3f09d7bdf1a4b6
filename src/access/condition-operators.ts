import { isArnPattern, likeArn } from './compare-arn.ts';
import { parseDate } from './compare-date.ts';
import { isInRange, parseIpAddress, parseIpRange } from './compare-ip.ts';
import { parseDecimal } from './compare-number.ts';
import { equalText, equalTextIgnoringCase, likeText } from './compare-text.ts';
import type { ConditionKeyType } from './condition-keys.ts';
import { type Comparison, type Piece, type ResolvedPiece, compared, textOf } from './policy-variables.ts';
import type { Matches } from './wildcard.ts';

/** An operator, without its qualifier and `IfExists`. */
export type OperatorName = keyof typeof conditionOperators;

export type Qualifier = 'ForAllValues' | 'ForAnyValue';

/** An operator as a document writes it, `ForAnyValue:StringLikeIfExists`, taken apart. */
export interface WrittenOperator {
  readonly operator: OperatorName;
  readonly qualifier: Qualifier | undefined;
  readonly ifExists: boolean;
}

interface OperatorRow {
  readonly family: keyof typeof families;
  /** It holds where the operator that it negates does not, also when the key is missing. */
  readonly negated?: true;
  /** Whether one value of a request fits one of the policy; of a negated operator, what it negates. */
  readonly compile?: Compile;
}

type Compile = (pieces: readonly ResolvedPiece[]) => Matches;

/** What operators of one kind have in common. */
export interface OperatorFamily {
  /** Of the keys that they compare. */
  readonly keyTypes: readonly ConditionKeyType[];
  readonly variables?: true;
  /** A second value would make the condition true always, or never. */
  readonly onlyOneValue?: true;
  /** What a value must be. */
  readonly expected: string;
  readonly accepts: (pieces: readonly Piece[]) => boolean;
}

/** `undefined` when there is no such operator. The case counts. */
export function parseOperator(text: string): WrittenOperator | undefined {
  const [, qualifier, name = '', suffix] = operatorPattern.exec(text) ?? [];
  if (!isOperatorName(name)) return undefined;
  return { operator: name, qualifier: qualifier as Qualifier | undefined, ifExists: suffix !== undefined };
}

export function familyOf(operator: OperatorName): OperatorFamily {
  return families[conditionOperators[operator].family];
}

export function isNegated(operator: OperatorName): boolean {
  const { negated }: OperatorRow = conditionOperators[operator];
  return negated === true;
}

/**
 * Compares a value of a request with one of a policy that the operator's family accepts. What a negated operator negates is
 * compared, and whether a key is there at all (Null) is for the caller to say.
 */
export function comparison(operator: Exclude<OperatorName, 'Null'>, pieces: readonly Piece[]): Comparison {
  return compared(pieces, conditionOperators[operator].compile);
}

function isOperatorName(text: string): text is OperatorName {
  return Object.hasOwn(conditionOperators, text);
}

/** Compares what a parser makes of both texts; what it makes nothing of fits nothing. */
function parsed<T>(parse: (text: string) => T | undefined, holds: (value: T, bound: T) => boolean): Compile {
  return (pieces) => {
    const bound = parse(textOf(pieces));
    return (text) => {
      const value = parse(text);
      return value !== undefined && bound !== undefined && holds(value, bound);
    };
  };
}

function inRange(pieces: readonly ResolvedPiece[]): Matches {
  const range = parseIpRange(textOf(pieces));
  return (text) => {
    const address = parseIpAddress(text);
    return address !== undefined && range !== undefined && isInRange(address, range);
  };
}

/** Of a family without variables: whether the text makes sense to a parser. */
function readBy(parse: (text: string) => unknown): OperatorFamily['accepts'] {
  return (pieces) => pieces.every((piece) => piece.kind === 'pattern' && parse(piece.text) !== undefined);
}

function parseBoolean(text: string): boolean | undefined {
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

const anyKey: readonly ConditionKeyType[] = ['string', 'arn', 'numeric', 'date', 'bool', 'ip'];

const families = {
  String: { keyTypes: anyKey, variables: true, expected: 'a string', accepts: () => true },
  Numeric: {
    keyTypes: ['numeric'],
    expected: 'a decimal number such as 30 or 0.5, of 15 characters at most',
    accepts: readBy(parseDecimal),
  },
  Date: {
    keyTypes: ['date'],
    expected: 'a date such as 2027-01-31 or 2027-01-31T23:59:59Z, with Z or an offset behind a time, or seconds since 1970',
    accepts: readBy(parseDate),
  },
  Bool: {
    keyTypes: ['bool'],
    onlyOneValue: true,
    expected: 'true or false',
    accepts: readBy(parseBoolean),
  },
  IpAddress: {
    keyTypes: ['ip'],
    expected: 'an address or a range such as 203.0.113.0/24 or 2001:db8::/32',
    accepts: readBy(parseIpRange),
  },
  Arn: {
    keyTypes: ['arn'],
    variables: true,
    expected: 'an ARN of six parts such as arn:aws:iam::*:user/*; to compare anything else, use StringLike',
    accepts: isArnPattern,
  },
  Null: { keyTypes: anyKey, onlyOneValue: true, expected: 'true or false', accepts: readBy(parseBoolean) },
} as const satisfies Record<string, OperatorFamily>;

const equal = (value: unknown, bound: unknown) => value === bound;
const less = (value: number, bound: number) => value < bound;
const lessOrEqual = (value: number, bound: number) => value <= bound;
const greater = (value: number, bound: number) => value > bound;
const greaterOrEqual = (value: number, bound: number) => value >= bound;

export const conditionOperators = {
  StringEquals: { family: 'String', compile: equalText },
  StringNotEquals: { family: 'String', compile: equalText, negated: true },
  StringEqualsIgnoreCase: { family: 'String', compile: equalTextIgnoringCase },
  StringNotEqualsIgnoreCase: { family: 'String', compile: equalTextIgnoringCase, negated: true },
  StringLike: { family: 'String', compile: likeText },
  StringNotLike: { family: 'String', compile: likeText, negated: true },
  NumericEquals: { family: 'Numeric', compile: parsed(parseDecimal, equal) },
  NumericNotEquals: { family: 'Numeric', compile: parsed(parseDecimal, equal), negated: true },
  NumericLessThan: { family: 'Numeric', compile: parsed(parseDecimal, less) },
  NumericLessThanEquals: { family: 'Numeric', compile: parsed(parseDecimal, lessOrEqual) },
  NumericGreaterThan: { family: 'Numeric', compile: parsed(parseDecimal, greater) },
  NumericGreaterThanEquals: { family: 'Numeric', compile: parsed(parseDecimal, greaterOrEqual) },
  DateEquals: { family: 'Date', compile: parsed(parseDate, equal) },
  DateNotEquals: { family: 'Date', compile: parsed(parseDate, equal), negated: true },
  DateLessThan: { family: 'Date', compile: parsed(parseDate, less) },
  DateLessThanEquals: { family: 'Date', compile: parsed(parseDate, lessOrEqual) },
  DateGreaterThan: { family: 'Date', compile: parsed(parseDate, greater) },
  DateGreaterThanEquals: { family: 'Date', compile: parsed(parseDate, greaterOrEqual) },
  Bool: { family: 'Bool', compile: parsed(parseBoolean, equal) },
  IpAddress: { family: 'IpAddress', compile: inRange },
  NotIpAddress: { family: 'IpAddress', compile: inRange, negated: true },
  ArnEquals: { family: 'Arn', compile: likeArn },
  ArnLike: { family: 'Arn', compile: likeArn },
  ArnNotEquals: { family: 'Arn', compile: likeArn, negated: true },
  ArnNotLike: { family: 'Arn', compile: likeArn, negated: true },
  Null: { family: 'Null' },
} as const satisfies Record<string, OperatorRow>;

const operatorPattern = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;
