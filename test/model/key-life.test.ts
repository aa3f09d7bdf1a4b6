import { expect, it } from 'vitest';
import { runSequences } from './run-sequences.ts';

it('keys live as the model has it', { timeout: 120_000 }, async () => {
  await expect(runSequences(200, { steps: 90 })).resolves.toBeUndefined();
});
