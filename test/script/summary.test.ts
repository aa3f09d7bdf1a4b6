import { describe, expect, it } from 'vitest';
import { summary } from '../../script/lib/summary.ts';

const results = [
  { name: 'lint', passed: 1, failed: 0, skipped: 0, seconds: 1.25 },
  { name: 'tests', passed: 40, failed: 2, skipped: 3, seconds: 60 },
];

describe('summary', () => {
  it('counts a skipped test as failed and ends with the line that counts', () => {
    const { text, failed } = summary(results, { allowSkips: false });
    expect(failed).toBe(5);
    expect(text.split('\n').at(-1)).toBe('41 passed, 5 failed');
  });

  it('leaves skipped tests out where they are allowed', () => {
    const { text, failed } = summary(results, { allowSkips: true });
    expect(failed).toBe(2);
    expect(text.split('\n').at(-1)).toBe('41 passed, 2 failed');
  });

  it('has a row for each suite', () => {
    const row = summary(results, { allowSkips: true })
      .text.split('\n')
      .find((line) => line.startsWith('tests'));
    expect(row?.split(/\s+/)).toEqual(['tests', '40', '2', '3', '60.0']);
  });
});
