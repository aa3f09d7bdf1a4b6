import { expect, it } from 'vitest';
import { killDuringWrites } from './kill-loop.ts';

it('kill -9 during writes, a hundred times, loses nothing that was acknowledged', { timeout: 900_000 }, async () => {
  const { acknowledged } = await killDuringWrites(100);
  expect(acknowledged).toBeGreaterThan(1000);
});
