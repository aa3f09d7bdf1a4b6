import { expect, it } from 'vitest';
import { unlessDryRun } from '../../src/data-plane/dry-run.ts';
import { KmsError } from '../../src/errors.ts';

it('leaves the response of a real call as it is', () => {
  const response = Buffer.from('plaintext');
  expect(unlessDryRun({ dryRun: false }, response)).toBe(response);
  expect(response.toString()).toBe('plaintext');
});

it('leaves nothing of the response of a dry run', () => {
  const response = Buffer.from('plaintext');
  expect(() => unlessDryRun({ dryRun: true }, response)).toThrow(
    new KmsError('DRY_RUN', 'The call would have succeeded; send it without dry_run to have it done.'),
  );
  expect(response).toEqual(Buffer.alloc('plaintext'.length));
});
