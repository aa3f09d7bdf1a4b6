import { expect, it } from 'vitest';
import { countedBetween } from '../../load/server-counts.ts';

const before = { startedAt: 100, cpuSeconds: 2, residentBytes: 5, calls: [{ method: 'Encrypt', reason: 'OK', calls: 10 }] };

it('counts what came in between, and only that', () => {
  const calls = [
    { method: 'Encrypt', reason: 'OK', calls: 15 },
    { method: 'Encrypt', reason: 'KEY_DISABLED', calls: 3 },
  ];
  expect(countedBetween(before, { ...before, cpuSeconds: 3.5, calls })).toEqual({
    cpuSeconds: 1.5,
    calls: [
      { method: 'Encrypt', reason: 'OK', calls: 5 },
      { method: 'Encrypt', reason: 'KEY_DISABLED', calls: 3 },
    ],
  });
  expect(countedBetween(before, before).calls).toEqual([]);
});

it('refuses counts of two servers', () => {
  expect(() => countedBetween(before, { ...before, startedAt: 101 })).toThrow('started anew');
});
