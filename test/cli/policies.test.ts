import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answers, Refusal } from '../client/serve.ts';
import { november } from './example-key.ts';
import { scratch } from './run-against.ts';

const { run, path } = scratch();
const requests: unknown[] = [];
afterEach(() => requests.splice(0));

function noting<Response>(response: Response): (request: unknown) => Response {
  return (request) => {
    requests.push(request);
    return response;
  };
}

const group = {
  group_name: 'ci',
  arn: 'arn:aws:iam::000000000000:group/ci',
  creation_date: november(22),
  ready_policy_names: ['key-user'],
};
const groupText =
  'Group           ci\nARN             arn:aws:iam::000000000000:group/ci\nCreated         2026-11-22 09:50:31 UTC\nReady policies  key-user\nOwn policies    -\n';

describe('groups', () => {
  test.each([
    {
      args: ['create', 'ci', '--ready', 'key-user'],
      method: 'CreateGroup',
      expected: { group_name: 'ci', ready_policy_names: ['key-user'] },
      said: groupText,
    },
    { args: ['describe', 'ci'], method: 'DescribeGroup', expected: { group_name: 'ci' }, said: groupText },
    { args: ['delete', 'ci'], method: 'DeleteGroup', expected: { group_name: 'ci' }, said: 'Group ci is deleted.\n' },
    {
      args: ['add', 'ci', 'build'],
      method: 'AddPrincipalToGroup',
      expected: { group_name: 'ci', principal: 'user/token/build' },
      said: 'user/token/build is a member of ci.\n',
    },
    {
      args: ['remove', 'ci', 'user/cert/db'],
      method: 'RemovePrincipalFromGroup',
      expected: { group_name: 'ci', principal: 'user/cert/db' },
      said: 'user/cert/db is no member of ci.\n',
    },
    {
      args: ['policies', 'attach', 'ci', 'auditor'],
      method: 'AttachGroupPolicy',
      expected: { group_name: 'ci', policy_name: 'auditor' },
      said: 'ci has the ready policy auditor.\n',
    },
  ] as const)('$args', async ({ args, method, expected, said }) => {
    const response = said === groupText ? { group } : {};
    const answers: Answers = { [method]: noting(response) };
    expect(await run(answers, ['groups', ...args])).toMatchObject({ exitCode: 0, stderr: '', stdout: said });
    expect(requests).toEqual([expected]);
    const json = (await run(answers, ['groups', ...args, '--json'])).stdout;
    expect(JSON.parse(json)).toMatchObject(said === groupText ? { group: { group_name: 'ci' } } : {});
  });

  test('with members are not deleted, and it says how to find and remove them', async () => {
    const refusing: Answers = {
      DeleteGroup: () => {
        const message = 'Group ci has members, who would lose what it allows.';
        throw new Refusal('FAILED_PRECONDITION', message, { reason: 'INVALID_STATE' });
      },
    };
    const { exitCode, stderr } = await run(refusing, ['groups', 'delete', 'ci']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('latchkey principals list --group ci shows them; latchkey groups remove ci <principal> removes one.');
  });

  test('are listed with the names of their policies', async () => {
    const answers: Answers = { ListGroups: () => ({ groups: [{ ...group, policy_names: ['own'] }, { group_name: 'odd' }] }) };
    expect((await run(answers, ['groups', 'list'])).stdout).toBe(
      'CREATED     POLICIES      GROUP\n2026-11-22  key-user,own  ci\nunreadable  -             odd\n',
    );
  });
});

describe('policies put and get', () => {
  const policy = '{"Statement": []}';

  test('send a file as it is, and say what in it may surprise', async () => {
    writeFileSync(path('p.json'), policy);
    const answers: Answers = {
      PutGroupPolicy: noting({ warnings: [{ location: 'Statement[0].Action', message: 'names what has no effect.' }] }),
    };
    expect((await run(answers, ['groups', 'policies', 'put', 'ci', 'own', '--in', 'p.json'])).stdout).toBe(
      'ci has the policy own.\nNote: Statement[0].Action names what has no effect.\n',
    );
    expect(requests).toEqual([{ group_name: 'ci', policy_name: 'own', policy }]);
  });

  test('take stdin, and print the policy alone', async () => {
    const answers: Answers = { PutPrincipalPolicy: noting({}), GetPrincipalPolicy: noting({ policy }) };
    const put = await run(answers, ['principals', 'policies', 'put', 'alice', 'own'], { input: policy });
    expect(put.stdout).toBe('user/token/alice has the policy own.\n');
    expect((await run(answers, ['principals', 'policies', 'get', 'alice', 'own'])).stdout).toBe(`${policy}\n`);
    const named = { principal: 'user/token/alice', policy_name: 'own' };
    expect(requests).toEqual([{ ...named, policy }, named]);
  });
});

describe('policies ready', () => {
  const answers: Answers = {
    ListReadyPolicies: () => ({ policies: [{ policy_name: 'auditor', description: 'Sees.', policy: '{}' }] }),
  };

  test('are listed, and shown one by one', async () => {
    expect((await run(answers, ['policies', 'ready'])).stdout).toBe('POLICY   FOR\nauditor  Sees.\n');
    expect((await run(answers, ['policies', 'ready', 'auditor'])).stdout).toBe('{}\n');
    const { exitCode, stderr } = await run(answers, ['policies', 'ready', 'king']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('There is no ready policy king; there are auditor.')]);
  });
});

describe('policies explain', () => {
  const asking = ['policies', 'explain', '--principal', 'alice', '--action', 'kms:Decrypt', '-k', 'alias/pay'];

  test('sends what is known of the call', async () => {
    const more = ['-c', 'tenant=a', '--value', 'aws:SourceIp=10.0.0.1'];
    await run({ ExplainDecision: noting({}) }, [...asking, ...more]);
    await run({ ExplainDecision: noting({}) }, [
      'policies',
      'explain',
      '--principal',
      'root',
      '--action',
      'a',
      '--resource',
      'arn:x',
    ]);
    expect(requests).toEqual([
      {
        principal: 'user/token/alice',
        action: 'kms:Decrypt',
        key_id: 'alias/pay',
        resource: '',
        encryption_context: { tenant: 'a' },
        condition_values: { 'aws:SourceIp': '10.0.0.1' },
      },
      { principal: 'root', action: 'a', key_id: '', resource: 'arn:x', encryption_context: {}, condition_values: {} },
    ]);
  });

  test.each([
    ['user/token/bob', 'arn:aws:iam::111122223333:user/token/bob'],
    ['group/ci', 'arn:aws:iam::111122223333:group/ci'],
    ['*', '*'],
    ['alias/pay', 'alias/pay'],
  ])('takes the resource %s for %s', async (resource, arn) => {
    const answers = {
      GetCallerIdentity: () => ({ arn: 'arn:aws:iam::111122223333:root' }),
      ExplainDecision: noting({}),
    };
    await run(answers, ['policies', 'explain', '--principal', 'alice', '--action', 'a', '--resource', resource]);
    expect(requests).toMatchObject([{ resource: arn }]);
  });

  test('shows what decided, and each statement with why it does not apply', async () => {
    const answers: Answers = {
      ExplainDecision: () => ({
        allowed: true,
        decided_by: 'Allowed by statement 0 of key policy.',
        statements: [
          { policy: 'key policy', index: 0, sid: '', effect: 'Allow', applies: true },
          {
            policy: 'key policy',
            index: 1,
            sid: 'Stop\u001b[2J',
            effect: 'Deny',
            applies: false,
            reason: 'Is not about this action.',
          },
        ],
        grant_ids: ['ab'],
        condition_keys_read: ['aws:SourceIp', 'kms:RequestAlias'],
      }),
    };
    expect((await run(answers, asking)).stdout).toBe(
      [
        'Allowed by statement 0 of key policy.',
        '',
        'APPLIES  EFFECT  STATEMENT',
        'yes      Allow   0 of key policy',
        'no       Deny    1 "Stop\\u001b[2J" of key policy: Is not about this action.',
        '',
        'Grants that allow it:',
        '  ab',
        '',
        'It depends on aws:SourceIp, kms:RequestAlias.',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await run(answers, [...asking, '--json'])).stdout)).toMatchObject({ allowed: true });
  });

  test('says first of all that a principal is not let in', async () => {
    const answers: Answers = {
      ExplainDecision: () => ({
        allowed: false,
        decided_by: 'Allowed by grant ab.',
        grant_ids: ['ab'],
        not_let_in: ['NOT_LET_IN_DISABLED', 'NOT_LET_IN_DENIED'],
      }),
    };
    expect((await run(answers, asking)).stdout).toBe(
      [
        'Not let in: it is disabled. Let it in again: latchkey principals enable user/token/alice',
        'Not let in: the deny-list of the server (identities.certificates.deny_list) has it.',
        'By policies and grants alone: Allowed by grant ab.',
        '',
        'Grants that allow it:',
        '  ab',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await run(answers, [...asking, '--json'])).stdout)).toMatchObject({
      not_let_in: ['NOT_LET_IN_DISABLED', 'NOT_LET_IN_DENIED'],
    });
  });
});

describe('whoami', () => {
  test('says who the server takes the caller for', async () => {
    const identity = { arn: 'arn:aws:iam::000000000000:root', principal_id: '0', account: '000000000000' };
    expect((await run({ GetCallerIdentity: () => identity }, ['whoami'])).stdout).toBe(
      'ARN      arn:aws:iam::000000000000:root\nId       0\nAccount  000000000000\n',
    );
  });
});

test.each([
  ['keys policy put', ['keys', 'policy', 'put', '1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11'], 'PutKeyPolicy'],
  ['principals policies put', ['principals', 'policies', 'put', 'alice', 'own'], 'PutPrincipalPolicy'],
  ['groups policies put', ['groups', 'policies', 'put', 'ci', 'own'], 'PutGroupPolicy'],
] as const)('%s takes its policy from --file and from --in, one of the two', async (_, command, method) => {
  writeFileSync(path('p.json'), '{}');
  const answers: Answers = { [method]: noting({}) };
  for (const option of ['--file', '-f', '--in', '-i'])
    expect(await run(answers, [...command, option, 'p.json'])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(requests).toMatchObject(Array.from({ length: 4 }, () => ({ policy: '{}' })));
  expect((await run(answers, [...command, '--file', 'p.json', '--in', 'p.json'])).exitCode).toBe(2);
});
