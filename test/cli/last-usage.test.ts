import { expect, test } from 'vitest';
import type { GetKeyLastUsageResponse } from '../../src/generated/latchkey/v1/GetKeyLastUsageResponse.ts';
import type { Answers } from '../client/serve.ts';
import { keyArn, keyId, november } from './example-key.ts';
import { scratch } from './run-against.ts';

const { run } = scratch();

const used: GetKeyLastUsageResponse = {
  key_arn: keyArn,
  key_last_usage: { timestamp: november(24) },
  key_creation_date: november(22),
  tracking_start_date: november(22),
};

function answering(usage: GetKeyLastUsageResponse, requests: unknown[] = []): Answers {
  return {
    GetKeyLastUsage: (request) => {
      requests.push(request);
      return usage;
    },
  };
}

test.each([
  ['a use', used, ['2026-11-24 09:50:31 UTC', 'since the key was made']],
  ['no use', { ...used, key_last_usage: null }, ['never', 'since the key was made']],
  [
    'no use of an older key',
    { ...used, key_last_usage: null, tracking_start_date: november(23) },
    ['not since 2026-11-23 09:50:31 UTC, when counting began', 'since 2026-11-23 09:50:31 UTC, the key is older'],
  ],
] as const)('keys last-usage shows %s, and since when that is recorded', async (_, usage, [last, recorded]) => {
  const requests: unknown[] = [];
  const { stdout, stderr } = await run(answering(usage, requests), ['keys', 'last-usage', keyId]);
  expect(stderr).toBe('');
  expect(requests).toEqual([{ key_id: keyId }]);
  expect(stdout).toBe(
    [`Key        ${keyArn}`, `Last used  ${last}`, 'Created    2026-11-22 09:50:31 UTC', `Recorded   ${recorded}`, ''].join('\n'),
  );
});

test('keys get-key-last-usage --json prints the response', async () => {
  const { stdout } = await run(answering({ ...used, key_last_usage: null }), ['keys', 'get-key-last-usage', keyId, '--json']);
  expect(JSON.parse(stdout)).toEqual({
    key_arn: keyArn,
    key_last_usage: null,
    key_creation_date: '2026-11-22T09:50:31.000Z',
    tracking_start_date: '2026-11-22T09:50:31.000Z',
  });
});
