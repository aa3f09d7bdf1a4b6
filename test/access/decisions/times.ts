import { type Row, allow, conditionRows, deny, rows } from './row.ts';

const time = 'aws:CurrentTime';
const epoch = 'aws:EpochTime';
const night = [allow(), deny({ Condition: { DateGreaterThan: { [time]: '2027-03-01T18:00:00Z' } } })];

/** The clock says 2027-03-01T12:00:00.500Z. */
export const timeDecisions: readonly Row[] = [
  ...conditionRows(
    [
      [{ DateGreaterThan: { [time]: '2027-03-01' } }, {}, true, 'it is past midnight'],
      [{ DateLessThan: { [time]: '2027-03-02' } }, {}, true, 'and before the next'],
      [{ DateLessThan: { [time]: '2027-03-01' } }, {}, false, 'it is past midnight'],
      [{ DateGreaterThan: { [time]: '2027-03-01' }, DateLessThan: { [time]: '2027-03-02' } }, {}, true, 'a window'],
      [{ DateGreaterThan: { [time]: '2027-03-02' }, DateLessThan: { [time]: '2027-03-03' } }, {}, false, 'a window to come'],
      [{ DateEquals: { [time]: '2027-03-01T12:00:00Z' } }, {}, true, 'times are seconds, whatever the clock says beyond'],
      [{ DateNotEquals: { [time]: '2027-03-01T12:00:00Z' } }, {}, false, 'negated'],
      [{ DateEquals: { [time]: '2027-03-01T12:00:00.500Z' } }, {}, false, 'times are seconds: never a half'],
      [{ DateGreaterThan: { [time]: '2027-03-01T12:00:00Z' } }, {}, false, 'not after that second'],
      [{ DateGreaterThanEquals: { [time]: '2027-03-01T12:00:00Z' } }, {}, true, 'in that second'],
      [{ DateLessThanEquals: { [time]: '2027-03-01T12:00:00Z' } }, {}, true, 'in that second'],
      [{ DateLessThan: { [time]: '2027-03-01T12:00:01Z' } }, {}, true, 'before the next second'],
      [{ DateLessThan: { [time]: '2027-03-01T13:00:00+02:00' } }, {}, false, 'that is 11:00 UTC'],
      [{ DateLessThan: { [time]: '1803902401' } }, {}, true, 'seconds since 1970'],
      [{ DateLessThan: { [time]: ['2020-01-01', '2030-01-01'] } }, {}, true, 'any of several dates'],
      [{ DateNotEquals: { [time]: ['2020-01-01', '2030-01-01'] } }, {}, true, 'none of several dates'],
      [{ StringLike: { [time]: '2027-03-01T*' } }, {}, true, 'string operators suit every key'],
      [{ StringEquals: { [time]: '2027-03-01T12:00:00Z' } }, {}, true, 'ISO 8601 in UTC, in seconds'],
      [{ NumericLessThan: { [epoch]: '1803902401' } }, {}, true, 'seconds since 1970 as a number'],
      [{ NumericEquals: { [epoch]: '1803902400' } }, {}, true, 'seconds since 1970 as a number'],
      [{ NumericEquals: { [epoch]: '1803902400.5' } }, {}, false, 'whole seconds'],
      [{ NumericGreaterThan: { [epoch]: '1803902399.5' } }, {}, true, 'whole seconds'],
      [{ NumericNotEquals: { [epoch]: '1803902400' } }, {}, false, 'negated'],
      [{ DateGreaterThan: { [epoch]: '2027-03-01' } }, {}, true, 'aws:EpochTime as a date'],
      [{ StringEquals: { [epoch]: '1803902400' } }, {}, true, 'string operators suit every key'],
      [{ Null: { [time]: 'false' } }, {}, true, 'the time is always there'],
      [{ DateLessThanIfExists: { [time]: '2027-03-01' } }, {}, false, 'the time is always there'],
      [{ DateLessThan: { [time]: '2027-03-01' } }, { [time]: '2020-01-01T00:00:00Z' }, false, 'no request can say what time it is'],
    ],
    { now: '2027-03-01T12:00:00.500Z' },
  ),
  ...rows([
    ['before a Deny begins', { now: '2027-03-01T18:00:00.999Z', keyPolicy: night }, true, 'not after that second'],
    ['when a Deny begins', { now: '2027-03-01T18:00:01Z', keyPolicy: night }, false, 'after that second'],
  ]),
];
