import { describe, expect, test } from 'vitest';
import { LatchkeyError } from '../../src/client/latchkey-error.ts';
import { maxAttempts, retryDelayMs } from '../../src/client/retry.ts';

const unavailable = new LatchkeyError('', { reason: undefined, code: 'UNAVAILABLE' });

function throttled(retryAfterMs?: number): LatchkeyError {
  return new LatchkeyError('', { reason: 'THROTTLED', code: 'RESOURCE_EXHAUSTED', retryAfterMs });
}

describe('the wait before a repetition', () => {
  test('doubles up to five seconds', () => {
    const waits = Array.from({ length: maxAttempts }, (_, index) => retryDelayMs(unavailable, index + 1, () => 1));
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, undefined]);
  });

  test('differs by chance, down to the half', () => {
    expect(retryDelayMs(unavailable, 3, () => 0)).toBe(200);
    expect(retryDelayMs(unavailable, 3, () => 0.5)).toBe(300);
  });

  test('is at least what the server asks for', () => {
    expect(retryDelayMs(throttled(700), 1, () => 1)).toBe(700);
    expect(retryDelayMs(throttled(0), 1, () => 1)).toBe(100);
    expect(retryDelayMs(throttled(), 1, () => 1)).toBe(100);
  });

  test.each([
    ['a server that says never', throttled(-1)],
    ['the deadline', new LatchkeyError('', { reason: undefined, code: 'DEADLINE_EXCEEDED' })],
    ['a refusal', new LatchkeyError('', { reason: 'KEY_DISABLED', code: 'FAILED_PRECONDITION' })],
    ['a bug', new TypeError('bug')],
  ])('there is none after %s', (_, error) => {
    expect(retryDelayMs(error, 1)).toBeUndefined();
  });
});
