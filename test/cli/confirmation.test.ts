import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { confirmByKeyId, refuseWithoutTerminal } from '../../src/cli/confirmation.ts';
import { failureOf, NotConfirmedError } from '../../src/cli/failure.ts';

const keyId = '1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11';

function terminal(typed: string, { reads = true, writes = true } = {}) {
  const input = Object.assign(new PassThrough(), { isTTY: reads });
  const output = Object.assign(new PassThrough(), { isTTY: writes });
  input.end(typed);
  return { input, output, shown: () => String(output.read()) };
}

describe('confirmByKeyId', () => {
  test.each([`${keyId}\n`, `  ${keyId} \r\n`, keyId])('goes on after %j', async (typed) => {
    const { shown, ...streams } = terminal(typed);
    await confirmByKeyId(keyId, 'At stake.\n', streams);
    expect(shown()).toBe('At stake.\n\nType the key id to go on: ');
  });

  test.each(['', '\n', 'y\n', 'yes\n', keyId.slice(1), keyId.toUpperCase(), `no\n${keyId}\n`])('stops after %j', async (typed) => {
    await expect(confirmByKeyId(keyId, 'At stake.\n', terminal(typed))).rejects.toThrow('nothing was changed');
  });
});

test('a question is refused unless somebody can read it and somebody can answer', () => {
  expect(() => refuseWithoutTerminal('Deleting a key', terminal(''))).not.toThrow();
  const others = [terminal('', { reads: false }), terminal('', { writes: false })];
  for (const streams of others) expect(() => refuseWithoutTerminal('Deleting a key', streams)).toThrow('pass --yes');
});

test('what was not confirmed ends with exit code 2', () => {
  const failure = failureOf(new NotConfirmedError('No.'), { address: '', hasCertificate: false });
  expect(failure).toMatchObject({ exitCode: 2, reason: 'NOT_CONFIRMED', code: 'CANCELLED', cure: undefined });
});
