import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { serve } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { exampleKey, keyId } from './example-key.ts';
import { scratch } from './run-against.ts';
import { runOnTerminal } from './run-on-terminal.ts';

const { path, run } = scratch();
const policy = '{ "Version": "2012-10-17", "Statement": [] }';
const warnings = [{ location: 'Statement[0].Action[1]', message: 'names\na call that this service does not have.' }];

const requests: unknown[] = [];
afterEach(() => requests.splice(0));
const answers: Answers = {
  GetKeyPolicy: () => ({ policy, policy_name: 'default' }),
  PutKeyPolicy: (request) => {
    requests.push(request);
    return { warnings };
  },
  DescribeKey: () => ({ key_metadata: exampleKey }),
  ListAliases: () => ({ aliases: [] }),
};

describe('keys policy get', () => {
  test('prints the policy, so that it can be put again', async () => {
    expect(await run(answers, ['keys', 'policy', 'get', keyId])).toMatchObject({ exitCode: 0, stdout: `${policy}\n`, stderr: '' });
    const ended = { GetKeyPolicy: () => ({ policy: `${policy}\n` }) };
    expect((await run(ended, ['keys', 'policy', 'get', '--key', keyId])).stdout).toBe(`${policy}\n`);
  });

  test('prints JSON', async () => {
    const { stdout } = await run(answers, ['keys', 'policy', 'get', keyId, '--json']);
    expect(JSON.parse(stdout)).toEqual({ policy, policy_name: 'default' });
  });
});

describe('keys policy put', () => {
  test('puts what is in a file, or on stdin, and says what may not do what its author thinks', async () => {
    writeFileSync(path('policy.json'), policy);
    const said = {
      exitCode: 0,
      stdout: `Key ${keyId} has this policy now.\n`,
      stderr: 'Warning: Statement[0].Action[1] names\\u{a}a call that this service does not have.\n',
    };
    expect(await run(answers, ['keys', 'policy', 'put', keyId, '--file', 'policy.json'])).toMatchObject(said);
    expect(await run(answers, ['keys', 'policy', 'put', keyId], { input: policy })).toMatchObject(said);
    const request = { key_id: keyId, policy_name: '', policy, bypass_policy_lockout_safety_check: false };
    expect(requests).toEqual([request, request]);
  });

  test('prints warnings as JSON, and nothing beside it', async () => {
    const { stdout, stderr } = await run(answers, ['keys', 'policy', 'put', keyId, '--json'], { input: policy });
    expect(JSON.parse(stdout)).toEqual({ warnings });
    expect(stderr).toBe('');
  });

  test.each([
    ['', 'stdin is empty: give a policy in JSON.'],
    [Buffer.of(0x22, 0xff, 0x22), 'stdin is not UTF-8.'],
  ])('sends nothing that is no text (%#)', async (input, why) => {
    expect(await run(answers, ['keys', 'policy', 'put', keyId], { input })).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining(why) as string,
    });
    expect(requests).toEqual([]);
  });

  const bypass = ['keys', 'policy', 'put', keyId, '--bypass-policy-lockout-safety-check'];

  test('does not bypass the safety check unasked', async () => {
    expect(await run(answers, bypass, { input: policy })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Bypassing the safety check asks for confirmation') as string,
    });
    expect(requests).toEqual([]);
    expect(await run(answers, [...bypass, '--yes'], { input: policy })).toMatchObject({ exitCode: 0 });
    expect(requests).toMatchObject([{ bypass_policy_lockout_safety_check: true }]);
  });

  test.each([
    [`${keyId}\n`, 0],
    ['yes\n', 2],
  ])('bypasses it after the key id was typed: %j', async (typed, exitCode) => {
    writeFileSync(path('policy.json'), policy);
    const { address, stop } = await serve(answers);
    const ended = await runOnTerminal([...bypass, '--file', path('policy.json')], { address, typed });
    stop();
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.screen).toContain('To get a policy that you may not be able to replace:');
    expect(requests).toHaveLength(exitCode === 0 ? 1 : 0);
  });
});

test('keys create takes a policy of a file, and shows warnings about it', async () => {
  writeFileSync(path('policy.json'), policy);
  const created: unknown[] = [];
  const creating: Answers = {
    CreateKey: (request) => {
      created.push(request);
      return { key_metadata: exampleKey, policy_warnings: warnings };
    },
  };
  const { stderr } = await run(creating, ['keys', 'create', '--policy-file', 'policy.json']);
  expect(stderr).toMatch(/^Warning: Statement/);
  expect(created).toMatchObject([{ policy }]);
  expect(await run(creating, ['keys', 'create', '--policy-file', 'none.json'])).toMatchObject({ exitCode: 5 });
  expect(created).toHaveLength(1);
});
