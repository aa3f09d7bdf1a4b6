import { expect, it } from 'vitest';
import { lookedAt, timeAtFirstStart } from '../../src/keys/service-time.ts';

const time = { highWater: 1000, runningMs: 50, lookedAt: 1000, countedUpTo: 1000 };

it('begins with the clock, having run for no time', () => {
  expect(timeAtFirstStart(7)).toEqual({ highWater: 7, runningMs: 0, lookedAt: 7, countedUpTo: 7 });
});

it.each([
  ['goes on with the clock', 1060, 60, { highWater: 1060, runningMs: 110, lookedAt: 1060, countedUpTo: 1060 }],
  [
    'does not take a jump ahead for running',
    9_000_000,
    60,
    { highWater: 9_000_000, runningMs: 110, lookedAt: 9_000_000, countedUpTo: 9_000_000 },
  ],
  [
    'keeps the high water when the clock is set back',
    400,
    60,
    { highWater: 1000, runningMs: 50, lookedAt: 400, countedUpTo: 1000 },
  ],
  [
    'counts once what another instance has counted',
    1010,
    60,
    { highWater: 1010, runningMs: 60, lookedAt: 1010, countedUpTo: 1010 },
  ],
  ['does not count the time that it was stopped', 5000, 0, { highWater: 5000, runningMs: 50, lookedAt: 5000, countedUpTo: 5000 }],
])('%s', (_, now, elapsedMs, after) => {
  expect(lookedAt(time, now, elapsedMs)).toEqual(after);
});

it('counts again, from the new time on, after the clock was set back', () => {
  expect(lookedAt(lookedAt(time, 400, 60), 430, 30)).toEqual({ highWater: 1000, runningMs: 80, lookedAt: 430, countedUpTo: 1000 });
});
