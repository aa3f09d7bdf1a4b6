import { readFileSync, statSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { Refusal, serve } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { november } from './example-key.ts';
import { examplePrincipal, examplePrincipalText, exampleToken, exampleTokenAnswer } from './example-principal.ts';
import { scratch } from './run-against.ts';
import { runOnTerminal } from './run-on-terminal.ts';

const { run, path } = scratch();
const requests: unknown[] = [];
afterEach(() => requests.splice(0));

function noting<Response>(response: Response): (request: unknown) => Response {
  return (request) => {
    requests.push(request);
    return response;
  };
}

const creating: Answers = {
  CreatePrincipal: noting({ principal: examplePrincipal }),
  CreateAccessToken: noting(exampleTokenAnswer),
};

describe('principals create', () => {
  test('shows the principal and, this once, its token', async () => {
    const args = [
      'principals',
      'create',
      'alice',
      '--tag',
      'team=payments',
      '--ready',
      'key-user',
      '--group',
      'ci',
      '--group',
      'staff',
    ];
    expect(await run(creating, [...args, '--expires-in', '7d'])).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: [
        examplePrincipalText,
        '',
        'Access token, shown this once and good until 2026-11-29 09:50:31 UTC:',
        '',
        exampleToken,
        '',
        'Put it in a file that nobody else can read, and call with it:',
        '  latchkey --token-file <file> whoami',
        '',
      ].join('\n'),
    });
    expect(requests).toMatchObject([
      {
        name: 'alice',
        source: 'PRINCIPAL_SOURCE_UNSPECIFIED',
        subject: '',
        tags: [{ tag_key: 'team', tag_value: 'payments' }],
        ready_policy_names: ['key-user'],
        group_names: ['ci', 'staff'],
      },
      { principal: 'user/token/alice', lifetime_seconds: 7 * 24 * 60 * 60 },
    ]);
  });

  test('writes the token to a file that nobody else can read, and shows it nowhere', async () => {
    for (const format of [[], ['--json']]) {
      const { stdout, exitCode } = await run(creating, ['principals', 'create', 'alice', '--out', 'alice.token', ...format]);
      expect([exitCode, stdout.includes('alice')]).toEqual([0, true]);
      expect(stdout).not.toContain(exampleToken);
      expect(readFileSync(path('alice.token'), 'utf8')).toBe(`${exampleToken}\n`);
      expect(statSync(path('alice.token')).mode & 0o777).toBe(0o600);
    }
  });

  test('prints everything as JSON', async () => {
    const { stdout } = await run(creating, ['principals', 'create', 'alice', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ principal: { path: 'user/token/alice' }, access_token: exampleToken });
  });

  test.each([
    [['alice', '--no-token'], { name: 'alice', source: 'PRINCIPAL_SOURCE_UNSPECIFIED' }],
    [['--subject', 'dns:db'], { name: '', subject: 'dns:db', source: 'PRINCIPAL_SOURCE_CERTIFICATE' }],
    [['ann', '--subject', 'oidc:corp 17'], { name: 'ann', subject: 'oidc:corp 17', source: 'PRINCIPAL_SOURCE_OIDC' }],
  ] as const)('%j makes no token', async (args, expected) => {
    const answers: Answers = { CreatePrincipal: creating.CreatePrincipal! };
    expect(await run(answers, ['principals', 'create', ...args])).toMatchObject({
      exitCode: 0,
      stdout: `${examplePrincipalText}\n`,
    });
    expect(requests).toMatchObject([expected]);
  });

  test('says that the principal is there when its token could not be made', async () => {
    const refusing: Answers = {
      ...creating,
      CreateAccessToken: () => {
        throw new Refusal('PERMISSION_DENIED', 'The caller may not do this.', { reason: 'ACCESS_DENIED' });
      },
    };
    const { stderr, exitCode } = await run(refusing, ['principals', 'create', 'alice']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('user/token/alice was made, but no access token for it: The caller may not do this.');
    expect(stderr).toContain('latchkey principals tokens create user/token/alice');
  });

  test.each([
    [[], 'Name the principal'],
    [['alice', '--expires-in', '90'], 'Give a number with s, m, h or d'],
    [['alice', '--expires-in', '367d'], 'from 60s to 366d'],
    [['alice', '--group', 'ci', '--group', 'ci'], 'given twice'],
    [['--subject', 'dns:db', '--out', 'x'], 'a principal with --subject has none'],
  ])('%j is wrong usage', async (args, message) => {
    const { stderr, exitCode } = await run({}, ['principals', 'create', ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('principals', () => {
  test.each([
    [['enable', 'alice'], 'EnablePrincipal', { principal: 'user/token/alice' }, 'user/token/alice is enabled.\n'],
    [
      ['disable', 'user/cert/db'],
      'DisablePrincipal',
      { principal: 'user/cert/db' },
      'user/cert/db is disabled: no call of it is let in until it is enabled again.\n',
    ],
    [['delete', 'alice', '-y'], 'DeletePrincipal', { principal: 'user/token/alice' }, 'user/token/alice is deleted.\n'],
    [
      ['tag', examplePrincipal.arn, 'team=x'],
      'TagPrincipal',
      { principal: examplePrincipal.arn, tags: [{ tag_key: 'team', tag_value: 'x' }] },
      `${examplePrincipal.arn} has 1 tag more, or with new values.\n`,
    ],
    [
      ['untag', examplePrincipal.principal_id, 'team', 'b'],
      'UntagPrincipal',
      { principal: examplePrincipal.principal_id, tag_keys: ['team', 'b'] },
      `${examplePrincipal.principal_id} no longer has "team", "b".\n`,
    ],
    [
      ['policies', 'attach', 'alice', 'key-user'],
      'AttachPrincipalPolicy',
      { principal: 'user/token/alice', policy_name: 'key-user' },
      'user/token/alice has the ready policy key-user.\n',
    ],
    [
      ['policies', 'detach', 'root', 'key-user'],
      'DetachPrincipalPolicy',
      { principal: 'root', policy_name: 'key-user' },
      'root no longer has the ready policy key-user.\n',
    ],
    [
      ['policies', 'delete', 'alice', 'p'],
      'DeletePrincipalPolicy',
      { principal: 'user/token/alice', policy_name: 'p' },
      'user/token/alice no longer has the policy p.\n',
    ],
    [
      ['tokens', 'revoke', 'abcdefghijklmnop'],
      'RevokeAccessToken',
      { token_id: 'abcdefghijklmnop' },
      'Access token abcdefghijklmnop is revoked.\n',
    ],
  ] as const)('%j', async (args, method, expected, said) => {
    const answers: Answers = { [method]: noting({}) };
    expect(await run(answers, ['principals', ...args])).toMatchObject({ exitCode: 0, stderr: '', stdout: said });
    expect(requests).toEqual([expected]);
    expect(JSON.parse((await run(answers, ['principals', ...args, '--json'])).stdout)).toEqual({});
  });

  test('are described and listed, unreadable ones too', async () => {
    const answers: Answers = {
      DescribePrincipal: noting({ principal: examplePrincipal }),
      ListPrincipals: noting({ principals: [examplePrincipal, { path: 'user/token/bob' }] }),
    };
    expect((await run(answers, ['principals', 'describe', 'alice'])).stdout).toBe(`${examplePrincipalText}\n`);
    expect((await run(answers, ['principals', 'list'])).stdout).toBe(
      'CREATED     STATE       PRINCIPAL\n2026-11-22  enabled     user/token/alice\n-           unreadable  user/token/bob\n',
    );
    expect((await run(answers, ['principals', 'policies', 'list', 'alice'])).stdout).toBe(
      'Ready policies  key-user\nOwn policies    -\n',
    );
    const { stdout } = await run({ ListPrincipals: () => ({}) }, ['principals', 'list']);
    expect(stdout).toBe('There are no principals. Make one: latchkey principals create <name>\n');
  });

  test('are listed by their group', async () => {
    const answers: Answers = { ListPrincipals: noting({ principals: [examplePrincipal] }) };
    expect((await run(answers, ['principals', 'list', '--group', 'ci'])).stdout).toContain('user/token/alice\n');
    expect(requests).toEqual([{ group_name: 'ci', page_size: 1000, page_token: '' }]);
    const { stdout } = await run({ ListPrincipals: () => ({}) }, ['principals', 'list', '--group', 'ci']);
    expect(stdout).toBe('Nobody is a member of ci; latchkey groups list shows the groups there are.\n');
  });

  test('are deleted only after their path was typed', async () => {
    const answers: Answers = { DescribePrincipal: () => ({ principal: examplePrincipal }), DeletePrincipal: noting({}) };
    const { address, stop } = await serve(answers);
    try {
      const refused = await runOnTerminal(['principals', 'delete', 'alice'], { address, typed: 'alice\n' });
      expect([refused.exitCode, requests]).toEqual([2, []]);
      expect(refused.screen).toContain(`${examplePrincipalText}\n\nNobody is ever called so again.\n\nType the path to go on: `);
      const done = await runOnTerminal(['principals', 'delete', 'alice'], { address, typed: 'user/token/alice\n' });
      expect([done.exitCode, requests.length]).toEqual([0, 1]);
    } finally {
      stop();
    }
    const { exitCode, stderr } = await run(answers, ['principals', 'delete', 'alice']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Deleting a principal asks for confirmation')]);
  });
});

describe('principals tokens', () => {
  test('are made for a time and listed with what became of them', async () => {
    const answers: Answers = {
      CreateAccessToken: noting(exampleTokenAnswer),
      ListAccessTokens: noting({
        tokens: [
          { ...exampleTokenAnswer.token, expiration_date: november(23), description: 'CI' },
          { token_id: 'b'.repeat(16), creation_date: november(22), expiration_date: { seconds: '9999999999', nanos: 0 } },
          { token_id: 'c'.repeat(16), creation_date: november(22), expiration_date: november(23), revoked: true },
          { token_id: 'd'.repeat(16) },
        ],
      }),
    };
    const made = await run(answers, ['principals', 'tokens', 'create', 'alice', '-d', 'CI', '--expires-in', '90m']);
    expect(made.stdout).toContain(`\n\n${exampleToken}\n\n`);
    expect(requests).toEqual([{ principal: 'user/token/alice', lifetime_seconds: 5400, description: 'CI' }]);
    const listed = (await run(answers, ['principals', 'tokens', 'list', 'alice'])).stdout.split('\n');
    expect(listed[0]).toBe('TOKEN             CREATED     EXPIRES     STATE       DESCRIPTION');
    expect(listed.slice(1, 5).map((line) => line.split(/ +/)[3])).toEqual(['expired', 'good', 'revoked', 'unreadable']);
  });

  test.each([
    ['bob', 'user/token/bob has no access tokens. Make one: latchkey principals tokens create user/token/bob\n'],
    ['user/cert/db', 'user/cert/db has no access tokens. Only principals user/token/<name> can have some.\n'],
    [
      examplePrincipal.principal_id,
      `${examplePrincipal.principal_id} has no access tokens. Only principals user/token/<name> can have some.\n`,
    ],
  ])('of %s are none, and what can be done about it', async (name, said) => {
    const { stdout } = await run({ ListAccessTokens: () => ({}) }, ['principals', 'tokens', 'list', name]);
    expect(stdout).toBe(said);
  });
});
