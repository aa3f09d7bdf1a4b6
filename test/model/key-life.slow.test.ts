import { expect, it } from 'vitest';
import { runSequences } from './run-sequences.ts';

it('keys live as the model has it, in 5 000 sequences', { timeout: 1_800_000 }, async () => {
  await expect(runSequences(5000, { steps: 120 })).resolves.toBeUndefined();
});
