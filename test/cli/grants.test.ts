import { afterEach, describe, expect, test } from 'vitest';
import { Refusal } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { keyArn, keyId, november } from './example-key.ts';
import { scratch } from './run-against.ts';

const { run } = scratch();
const grantee = 'arn:aws:iam::000000000000:user/token/reports';
const grantId = 'ab'.repeat(32);
const grant = {
  grant_id: grantId,
  key_arn: keyArn,
  grantee_principal: grantee,
  issuing_principal: 'arn:aws:iam::000000000000:user/token/alice',
  operations: ['GRANT_OPERATION_DECRYPT', 'GRANT_OPERATION_RE_ENCRYPT_FROM'] as const,
  constraints: { encryption_context_equals: { tenant: 'a\nb', stage: 'prod' } },
  creation_date: november(22),
};

const requests: unknown[] = [];
afterEach(() => requests.splice(0));

function answering(method: string, answer: (request: { page_token?: string }) => object): Answers {
  return {
    [method]: (request: { page_token?: string }) => {
      requests.push(request);
      return answer(request);
    },
  };
}

/** Who calls is of a partition and an account that are nobody's by default. */
const caller = { GetCallerIdentity: () => ({ arn: 'arn:aws-cn:iam::111122223333:user/oidc/corp/carol' }) };
const arnOf = (path: string) => `arn:aws-cn:iam::111122223333:${path}`;
const expanded = [
  ['bob', arnOf('user/token/bob')],
  ['user/cert/db%2F1', arnOf('user/cert/db%2F1')],
  ['root', arnOf('root')],
  [grantee, grantee],
  ['a:b', 'a:b'],
] as const;

const refusing = new Refusal('FAILED_PRECONDITION', 'The call would have succeeded.', { reason: 'DRY_RUN' });

describe('grants create', () => {
  const create = ['grants', 'create', keyId, '--grantee', grantee, '--operation', 'decrypt', '--operation', 're-encrypt-from'];

  test('asks for what the options say', async () => {
    const answers = answering('CreateGrant', () => ({ grant_id: grantId, grant_token: 'token' }));
    const options = ['--retiring-principal', grantee, '--context-subset', 'a=1', '--context-subset', 'b=', '--name', 'n'];
    const tokens = ['--grant-token', 't1', '--grant-token', 't2'];
    expect(await run(answers, [...create, ...options, ...tokens])).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: `Grant ${grantId}\n\nIts token, with which it can be retired:\ntoken\n`,
    });
    expect(requests).toEqual([
      {
        key_id: keyId,
        grantee_principal: grantee,
        retiring_principal: grantee,
        operations: ['GRANT_OPERATION_DECRYPT', 'GRANT_OPERATION_RE_ENCRYPT_FROM'],
        constraints: { encryption_context_equals: {}, encryption_context_subset: { a: '1', b: '' } },
        name: 'n',
        grant_tokens: ['t1', 't2'],
        dry_run: false,
      },
    ]);
    const { stdout } = await run(answers, [...create, '--context-equals', 'a=1', '--json']);
    expect(JSON.parse(stdout)).toEqual({ grant_id: grantId, grant_token: 'token' });
    expect(requests[1]).toMatchObject({ constraints: { encryption_context_equals: { a: '1' } }, retiring_principal: '', name: '' });
    await run(answers, create);
    expect(requests[2]).toMatchObject({ constraints: null });
  });

  test.each([
    [['grants', 'create', keyId, '--grantee', grantee], '--operation'],
    [['grants', 'create', keyId, '--operation', 'decrypt'], '--grantee'],
    [[...create, '--operation', 'sign'], 'Give one of encrypt, decrypt'],
    [[...create, '--context-subset', 'a=1', '--context-equals', 'a=1'], 'cannot be used with'],
    [['grants', 'create', '--grantee', grantee, '--operation', 'decrypt'], 'Name the key'],
  ])('refuses %j', async (args, why) => {
    expect(await run({}, args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) as string });
  });

  test.each(expanded)('takes %s for %s', async (principal, arn) => {
    const answers = { ...caller, ...answering('CreateGrant', () => ({ grant_id: grantId })) };
    const args = ['grants', 'create', keyId, '--grantee', principal, '--retiring-principal', principal, '--operation', 'decrypt'];
    expect(await run(answers, args)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(requests).toMatchObject([{ grantee_principal: arn, retiring_principal: arn }]);
  });

  test('says of a dry run that it would succeed, and fails when it was none', async () => {
    const dry = answering('CreateGrant', () => {
      throw refusing;
    });
    expect(await run(dry, [...create, '--dry-run'])).toMatchObject({ exitCode: 0, stdout: 'It would succeed.\n' });
    expect(requests).toMatchObject([{ dry_run: true }]);
    expect(JSON.parse((await run(dry, [...create, '--dry-run', '--json'])).stdout)).toEqual({ would_succeed: true });
    const wet = answering('CreateGrant', () => ({ grant_id: grantId }));
    expect(await run(wet, [...create, '--dry-run'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('grants list', () => {
  test('shows a line for each grant, of all pages', async () => {
    const other = { ...grant, grant_id: 'cd'.repeat(32), constraints: { encryption_context_subset: { a: '1' } } };
    const unauthentic = { grant_id: 'ef'.repeat(32) };
    const answers = answering('ListGrants', ({ page_token }) =>
      page_token === '' ? { grants: [grant], next_page_token: 'more' } : { grants: [other, unauthentic] },
    );
    const { stdout } = await run(answers, ['grants', 'list', keyId, '--grantee', grantee]);
    expect(stdout.split('\n')).toEqual([
      `${'GRANT'.padEnd(64)}  ${'GRANTEE'.padEnd(grantee.length)}  MAY`,
      `${grantId}  ${grantee}  decrypt, re-encrypt-from; only with tenant=a\\u{a}b, stage=prod and no other`,
      `${'cd'.repeat(32)}  ${grantee}  decrypt, re-encrypt-from; only with a=1`,
      `${'ef'.repeat(32)}  ${'-'.padEnd(grantee.length)}  nothing: its record is not authentic`,
      '',
    ]);
    expect(requests).toMatchObject([{ key_id: keyId, grantee_principal: grantee, page_token: '' }, { page_token: 'more' }]);
    expect((await run(answers, ['grants', 'list', keyId, '-n', '1'])).stderr).toContain('There are more');
    expect(JSON.parse((await run(answers, ['grants', 'list', keyId, '--json'])).stdout)).toMatchObject({
      grants: [grant, other, unauthentic].map(({ grant_id }) => ({ grant_id })),
    });
  });

  test.each(expanded)('takes %s for %s', async (principal, arn) => {
    const answers = { ...caller, ...answering('ListGrants', () => ({})) };
    await run(answers, ['grants', 'list', keyId, '--grantee', principal]);
    expect(requests).toMatchObject([{ grantee_principal: arn }]);
  });

  test('shows one grant with all that is known of it', async () => {
    const answers = answering('ListGrants', () => ({ grants: [{ ...grant, name: 'n', parent_grant_id: 'cd'.repeat(32) }] }));
    const { stdout } = await run(answers, ['grants', 'list', keyId, '--grant', grantId]);
    expect(stdout).toBe(
      [
        `Grant       ${grantId}`,
        'Name        n',
        `Key         ${keyArn}`,
        `Grantee     ${grantee}`,
        'May         decrypt, re-encrypt-from',
        'Only with   tenant=a\\u{a}b, stage=prod and no other',
        'Retired by  -',
        'Created     2026-11-22 09:50:31 UTC',
        `By          ${grant.issuing_principal}`,
        `By grant    ${'cd'.repeat(32)}`,
        '',
      ].join('\n'),
    );
    expect(requests).toMatchObject([{ grant_id: grantId }]);
  });

  test.each([
    [[], `Key ${keyId} has no grants.\n`],
    [['--grant', grantId], 'No grant is like this.\n'],
    [['--grantee', grantee], 'No grant is like this.\n'],
  ])('says when there are none: %j', async (options, said) => {
    expect(
      (
        await run(
          answering('ListGrants', () => ({})),
          ['grants', 'list', keyId, ...options],
        )
      ).stdout,
    ).toBe(said);
  });
});

test('grants list-retirable shows what a principal may retire', async () => {
  const answers = answering('ListRetirableGrants', () => ({ grants: [grant] }));
  expect((await run(answers, ['grants', 'list-retirable', grantee])).stdout).toContain(`Grant       ${grantId}\n`);
  expect(requests).toMatchObject([{ retiring_principal: grantee }]);
  const none = answering('ListRetirableGrants', () => ({}));
  expect((await run(none, ['grants', 'list-retirable', grantee])).stdout).toBe('There are no grants that it may retire.\n');
});

test.each(expanded)('grants list-retirable takes %s for %s', async (principal, arn) => {
  const answers = { ...caller, ...answering('ListRetirableGrants', () => ({})) };
  await run(answers, ['grants', 'list-retirable', principal]);
  expect(requests).toMatchObject([{ retiring_principal: arn }]);
});

describe('grants retire and revoke', () => {
  const key = ['--grant', grantId, keyId];
  test.each([
    ['RetireGrant', ['retire', ...key], { grant_token: '', key_id: keyId, grant_id: grantId }, 'The grant is retired.\n'],
    ['RetireGrant', ['retire', '--grant-token', 't'], { grant_token: 't', key_id: '', grant_id: '' }, 'The grant is retired.\n'],
    ['RevokeGrant', ['revoke', ...key], { key_id: keyId, grant_id: grantId }, `Grant ${grantId} is revoked.\n`],
  ])('%s by %j', async (method, args, request, said) => {
    const done = answering(method, () => ({}));
    expect(await run(done, ['grants', ...args])).toMatchObject({ exitCode: 0, stdout: said, stderr: '' });
    expect(requests).toEqual([{ ...request, dry_run: false }]);
    expect(JSON.parse((await run(done, ['grants', ...args, '--json'])).stdout)).toEqual({});
    const dry = answering(method, () => {
      throw refusing;
    });
    expect((await run(dry, ['grants', ...args, '--dry-run'])).stdout).toBe('It would succeed.\n');
    expect(requests[2]).toEqual({ ...request, dry_run: true });
  });

  test.each([
    [['retire'], 'Name the grant'],
    [['retire', keyId], 'Name the grant'],
    [['retire', '--grant', grantId], 'Name the key'],
    [['retire', '--grant-token', 't', keyId], 'named twice'],
    [['retire', '--grant-token', 't', '--key', keyId], 'named twice'],
    [['retire', '--grant-token', 't', '--grant', grantId], 'named twice'],
    [['revoke', keyId], '--grant'],
    [['revoke', '--grant', grantId], 'Name the key'],
  ])('refuse %j', async (args, why) => {
    expect(await run({}, ['grants', ...args])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) as string });
  });
});
