import { describe, expect, it } from 'vitest';
import { deletionCancelled, deletionScheduled, judge, requireUnprotected } from '../../src/keys/deletion.ts';
import { exampleKey, refusal } from './example-key.ts';

const day = 86_400_000;

describe('deletion', () => {
  it('is due after the window, counted from the request', () => {
    expect(deletionScheduled(exampleKey(), 7, 1000).deletion).toEqual({ requestedAt: 1000, date: 1000 + 7 * day });
  });

  it('that was cancelled leaves the key, disabled', () => {
    expect(deletionCancelled(deletionScheduled(exampleKey(), 7, 1000))).toEqual(exampleKey({ disabled: true }));
  });

  it('is refused for a protected key, naming the act and the cure', () => {
    const attempt = () => requireUnprotected(exampleKey({ deletionProtected: true }), 'its deletion');
    expect(attempt).toThrow(refusal('DELETION_PROTECTED'));
    expect(attempt).toThrow(/its deletion is refused.*SetDeletionProtection/);
    expect(() => requireUnprotected(exampleKey({ deletionProtected: false }), 'x')).not.toThrow();
    expect(() => requireUnprotected(exampleKey(), 'x')).not.toThrow();
  });
});

describe('the judgement about something that is due', () => {
  const date = 10 * day;
  const seen = { at: date, afterRunningMs: 500 };

  it.each([
    ['has no date', undefined, undefined, { now: date, runningMs: 0 }, 'wait'],
    ['is not due', date, undefined, { now: date - 1, runningMs: 9 * day }, 'wait'],
    ['is due for the first time', date, undefined, { now: date, runningMs: 7 }, { due: { at: date, afterRunningMs: 7 } }],
    [
      'is long overdue, seen for the first time',
      date,
      undefined,
      { now: 99 * day, runningMs: 0 },
      { due: { at: 99 * day, afterRunningMs: 0 } },
    ],
    ['is due, but the service ran less than a day', date, seen, { now: date + day, runningMs: 500 + day - 1 }, 'wait'],
    ['is due, and only the clock has moved on', date, seen, { now: 99 * day, runningMs: 500 }, 'wait'],
    ['was due for a day of running', date, seen, { now: date + 1, runningMs: 500 + day }, 'destroy'],
    ['is no longer due: the clock was set back', date, seen, { now: date - 1, runningMs: 500 + day }, { due: undefined }],
    ['has lost its date', undefined, seen, { now: date, runningMs: 500 + day }, { due: undefined }],
  ] as const)('when it %s', (...[, at, seenDue, look, verdict]) => {
    expect(judge(at, seenDue, look)).toEqual(verdict);
  });
});
