import { type AttributeReads, secondOf } from './attributes.ts';
import { parseDate } from './compare-date.ts';
import { parseDecimal } from './compare-number.ts';
import type { OperatorName } from './condition-operators.ts';

/** An operator that compares the time as a time, or as a number of seconds. */
export type TimeOperator = Extract<OperatorName, `Date${string}` | `Numeric${string}`>;

/** Whether a moment fits a bound; says when that may change. */
export type FitsTime = (now: number, reads: AttributeReads) => boolean;

export function comparesTime(operator: OperatorName): operator is TimeOperator {
  return operator.startsWith('Date') || operator.startsWith('Numeric');
}

/**
 * Compares the time, in whole seconds, with a bound of a policy; of a negated operator, as the one that it negates. It holds in one
 * window of time, and changes when that begins and when it ends.
 */
export function compareTime(operator: TimeOperator, bound: string): FitsTime {
  const boundMs = operator.startsWith('Date') ? parseDate(bound) : secondsIn(bound);
  if (boundMs === undefined) return () => false;
  const [begins, ends] = windows[operator](Math.ceil(boundMs / 1000) * 1000, secondOf(boundMs) + 1000);
  return (now, reads) => {
    if (now < ends) reads.validBefore(now < begins ? begins : ends);
    return now >= begins && now < ends;
  };
}

function secondsIn(text: string): number | undefined {
  const seconds = parseDecimal(text);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** From which moment an operator holds, and until when, by the first whole seconds that are not before the bound and after it. */
type Window = (notBefore: number, after: number) => readonly [begins: number, ends: number];

const equal: Window = (notBefore, after) => [notBefore, after];
const lessThan: Window = (notBefore) => [-Infinity, notBefore];
const lessThanEquals: Window = (_, after) => [-Infinity, after];
const greaterThan: Window = (_, after) => [after, Infinity];
const greaterThanEquals: Window = (notBefore) => [notBefore, Infinity];

const windows = {
  DateEquals: equal,
  DateNotEquals: equal,
  DateLessThan: lessThan,
  DateLessThanEquals: lessThanEquals,
  DateGreaterThan: greaterThan,
  DateGreaterThanEquals: greaterThanEquals,
  NumericEquals: equal,
  NumericNotEquals: equal,
  NumericLessThan: lessThan,
  NumericLessThanEquals: lessThanEquals,
  NumericGreaterThan: greaterThan,
  NumericGreaterThanEquals: greaterThanEquals,
} as const satisfies Record<TimeOperator, Window>;
