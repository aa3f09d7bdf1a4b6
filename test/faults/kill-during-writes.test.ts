import { expect, it } from 'vitest';
import { killDuringWrites } from './kill-loop.ts';

it('kill -9 during writes loses nothing that was acknowledged', { timeout: 120_000 }, async () => {
  const { acknowledged } = await killDuringWrites(5);
  expect(acknowledged).toBeGreaterThanOrEqual(50);
});
