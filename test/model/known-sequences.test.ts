import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImportPool } from './import-pool.ts';
import { dayMs } from './model.ts';
import { openImportPool, runSequence } from './run-sequences.ts';
import type { Step } from './steps.ts';

/** Short sequences in which the service did otherwise than the model once, or which random ones seldom come upon. */
let pool: ImportPool;
let folder: string;

beforeAll(async () => {
  ({ pool, folder } = await openImportPool());
});
afterAll(async () => rm(folder, { recursive: true }));

const known: readonly { readonly name: string; readonly steps: readonly Step[] }[] = [
  {
    name: 'an instance that starts beside another does not make time pass twice',
    steps: [step('look, both of two', { ms: 2 * dayMs, pick: 1 }), external(), imported(0, { days: 1 })],
  },
  {
    name: 'a date counted from a time that the clock took back before a restart is one period ahead',
    steps: [rotating(), setClock(-2 * dayMs), step('crash and restart'), step('look')],
  },
  {
    name: 'a date counted from a time that no look saw is one period ahead',
    steps: [step('create'), setClock(100 * dayMs), step('enable rotation'), setClock(-99 * dayMs), step('look')],
  },
  {
    name: 'a clock that was ahead for one look does not destroy material that expires later',
    steps: [
      external(),
      imported(0, { days: 1 }),
      imported(1, { days: 20, asNew: true }),
      setClock(100 * dayMs),
      step('look'),
      setClock(-98 * dayMs),
      step('look'),
      advance(dayMs),
      step('look'),
    ],
  },
  {
    name: 'an import does not lengthen the life of other material that has expired',
    steps: [
      external(),
      imported(0, { days: 1 }),
      advance(2 * dayMs),
      step('look'),
      advance(dayMs / 2),
      imported(1, { asNew: true }),
      advance(dayMs / 2),
      step('look'),
    ],
  },
  {
    name: 'a key that comes due at the look that destroys its material is seen to be due by that look',
    steps: [
      external(),
      imported(0, { days: 6 }),
      step('schedule deletion'),
      advance(6 * dayMs),
      step('look'),
      advance(dayMs),
      step('look'),
      advance(dayMs),
      step('look'),
    ],
  },
  {
    name: 'material that has expired stays so when the clock is set back',
    steps: [
      external(),
      imported(0, { days: 1 }),
      step('encrypt'),
      advance(2 * dayMs),
      step('look'),
      setClock(-2 * dayMs),
      step('crash and restart'),
    ],
  },
];

it.each(known)('$name', async ({ steps }) => {
  await expect(runSequence(steps, pool)).resolves.toBeUndefined();
});

function step(act: Step['act'], numbers: Partial<Step> = {}): Step {
  return { key: 0, pick: 0, days: 0, ms: 0, ...numbers, act };
}

function advance(ms: number): Step {
  return step('advance', { ms });
}

function setClock(ms: number): Step {
  return step('set the clock', { ms });
}

function rotating(): Step {
  return step('create', { pick: 2 });
}

function external(): Step {
  return step('create', { pick: 1 });
}

/** The numbers are those that an import is chosen by. */
function imported(bytes: number, { days, asNew }: { days?: number; asNew?: true } = {}): Step {
  return step('import', { pick: (days === undefined ? 0 : 1) + 3 * bytes + (asNew === true ? 9 : 0), days: (days ?? 1) - 1 });
}
