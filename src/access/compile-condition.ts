import type { AccessRequest } from './access-request.ts';
import { type Attribute, type AttributeReads, compileAttribute, isTime, read } from './attributes.ts';
import { type CompiledValue, type Fits, anyOf, compileValue, equalToVariable, remembering } from './compile-value.ts';
import { type OperatorName, comparison, conditionOperators, familyOf, isNegated } from './condition-operators.ts';
import { type TimeOperator, compareTime, comparesTime } from './compare-time.ts';
import type { KnownConditionKey } from './condition-keys.ts';
import type { Condition } from './policy-document.ts';
import type { PolicyVersion } from './policy-version.ts';
import { piecesOf } from './policy-variables.ts';

/** A condition made ready. */
export interface CompiledCondition {
  readonly condition: Condition;
  readonly holds: (request: AccessRequest, reads: AttributeReads) => boolean;
  /** What it may read. */
  readonly reads: readonly Attribute[];
}

export function compileCondition(condition: Condition, version: PolicyVersion): CompiledCondition {
  const { key, operator } = condition;
  const missing = whenMissing(condition);
  if (key.kind === 'never-present') return { condition, reads: [], holds: () => missing };
  if (operator === 'Null') return { condition, reads: [key], holds: asksForPresence(key, missing) };
  if (isTime(key.name) && comparesTime(operator))
    return { condition, reads: [key], holds: comparesNow(key, operator, condition.values) };
  const compiled = compileValues(operator, condition.values, version);
  const value = isRepeated(key, operator) ? remembering(compiled) : compiled;
  return { condition, reads: [key, ...value.reads], holds: compares(key, value.fits, condition) };
}

type ComparingOperator = Exclude<OperatorName, 'Null'>;

type Holds = CompiledCondition['holds'];

function asksForPresence(key: KnownConditionKey, wantsMissing: boolean): Holds {
  const attribute = compileAttribute(key);
  return (request, reads) => isMissing(read(attribute, request, reads)) === wantsMissing;
}

function comparesNow(key: KnownConditionKey, operator: TimeOperator, values: readonly string[]): Holds {
  const attribute = compileAttribute(key);
  const bounds = values.map((value) => compareTime(operator, value));
  const negated = isNegated(operator);
  return ({ now }, reads) => {
    reads.note(attribute);
    return bounds.some((fits) => fits(now, reads)) !== negated;
  };
}

/** The values of a condition, one of which must fit, or none when the operator is negated. */
function compileValues(operator: ComparingOperator, values: readonly string[], version: PolicyVersion): CompiledValue {
  const spoken = familyOf(operator).variables ? version : '2008-10-17';
  return anyOf(
    values.map((value) => {
      const pieces = piecesOf(value, spoken);
      const [only] = pieces;
      const isVariable = pieces.length === 1 && only?.kind === 'variable';
      return isVariable && isEquality(operator) ? equalToVariable(only) : compileValue(pieces, comparison(operator, pieces));
    }),
  );
}

/** Whether requests have the same few values of the key, which take long to compare. A context is another with each of them. */
function isRepeated({ name }: KnownConditionKey, operator: ComparingOperator): boolean {
  const { family } = conditionOperators[operator];
  return (family === 'Arn' && name !== 'kms:EncryptionContext') || family === 'IpAddress';
}

function isEquality(operator: OperatorName): boolean {
  return operator === 'StringEquals' || operator === 'StringNotEquals';
}

/**
 * AWS IAM User Guide, "Condition operators" and "Multivalued context keys". Without a set operator, a positive operator asks for one
 * value of the request that fits, and a negated one that none does.
 */
function compares(key: KnownConditionKey, fits: Fits, condition: Condition): Holds {
  const attribute = compileAttribute(key);
  const missing = whenMissing(condition);
  const negated = isNegated(condition.operator);
  const needsAll = condition.qualifier === 'ForAllValues' || (condition.qualifier === undefined && negated);
  return (request, reads) => {
    const value = read(attribute, request, reads);
    if (typeof value === 'string') return fits(value, request, reads) !== negated;
    if (isMissing(value)) return missing;
    const satisfies = (one: string) => fits(one, request, reads) !== negated;
    return needsAll ? value.every(satisfies) : value.some(satisfies);
  };
}

/** What a condition is when its key is missing. IfExists speaks of each value of a set, and ForAnyValue asks for one at least. */
function whenMissing({ operator, qualifier, ifExists, values }: Condition): boolean {
  if (operator === 'Null') return values[0] === 'true';
  if (qualifier !== undefined) return qualifier === 'ForAllValues';
  return ifExists || isNegated(operator);
}

function isMissing(value: string | readonly string[] | undefined): value is undefined | readonly [] {
  return value === undefined || (typeof value !== 'string' && value.length === 0);
}
