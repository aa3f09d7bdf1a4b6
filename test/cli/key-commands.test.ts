import { describe, expect, test } from 'vitest';
import { Refusal } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { exampleKey as key, keyArn, keyId, materialId, november } from './example-key.ts';
import { scratch } from './run-against.ts';

const { run } = scratch();

describe('keys create', () => {
  test('shows the key and gives it its alias', async () => {
    const requests: unknown[] = [];
    const answers: Answers = {
      CreateKey: (request) => {
        requests.push(request);
        return { key_metadata: key };
      },
      CreateAlias: (request) => {
        requests.push(request);
        return {};
      },
    };
    const { stdout, exitCode } = await run(answers, ['keys', 'create', '--description', 'Payments', '--alias', 'alias/payments']);
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([
      { description: 'Payments', client_token: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
      { alias_name: 'alias/payments', target_key_id: keyId },
    ]);
    expect(stdout).toBe(
      [
        `Key            ${keyId}`,
        `ARN            ${keyArn}`,
        'Description    Payments',
        'State          enabled since 2026-11-22 09:50:31 UTC',
        'Protected      no',
        'Created        2026-11-22 09:50:31 UTC',
        'Rotates        on demand only',
        'Rotated        never',
        'Spec           SYMMETRIC_DEFAULT',
        'Usage          ENCRYPT_DECRYPT',
        'Origin         AWS_KMS',
        `Encrypts with  ${materialId}`,
        'Decrypts with  1 backing key',
        '',
        'alias/payments names it.',
        '',
      ].join('\n'),
    );
  });

  test.each([
    [[], { origin: 'ORIGIN_TYPE_AWS_KMS', tags: [], enable_key_rotation: false, deletion_protection: false }],
    [['--rotate'], { enable_key_rotation: true, rotation_period_in_days: 0 }],
    [['--rotate', '90', '--protect'], { enable_key_rotation: true, rotation_period_in_days: 90, deletion_protection: true }],
    [['--origin', 'external'], { origin: 'ORIGIN_TYPE_EXTERNAL', enable_key_rotation: false }],
    [
      ['--tag', 'team=payments', '--tag', 'stage='],
      {
        tags: [
          { tag_key: 'team', tag_value: 'payments' },
          { tag_key: 'stage', tag_value: '' },
        ],
      },
    ],
  ])('asks for %j', async (args, expected) => {
    const requests: unknown[] = [];
    const answers: Answers = {
      CreateKey: (request) => {
        requests.push(request);
        return { key_metadata: key };
      },
    };
    const { stdout, exitCode } = await run(answers, ['keys', 'create', ...args]);
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([expected]);
    const waits = stdout.includes(`\nIt waits for its material: latchkey keys import ${keyId} --file <file>\n`);
    expect(waits).toBe(args.join(' ') === '--origin external');
  });

  test.each([
    [['--rotate', '89'], 'from 90 to 2560'],
    [['--origin', 'cloudhsm'], 'Allowed choices are aws-kms, external'],
    [['--tag', 'team'], 'Give key=value'],
  ])('refuses %j', async (args, why) => {
    expect(await run({}, ['keys', 'create', ...args])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(why) as string,
    });
  });

  test('says which key it made when the alias is refused', async () => {
    const answers: Answers = {
      CreateKey: () => ({ key_metadata: key }),
      CreateAlias: () => {
        throw new Refusal('ALREADY_EXISTS', 'alias/payments exists.', { reason: 'ALREADY_EXISTS' });
      },
    };
    const { stdout, stderr, exitCode } = await run(answers, ['keys', 'create', '--alias', 'alias/payments', '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ key_metadata: { key_id: keyId, creation_date: '2026-11-22T09:50:31.000Z' } });
    expect(JSON.parse(stderr)).toMatchObject({
      error: { reason: 'ALREADY_EXISTS', message: expect.stringContaining(`Key ${keyId} was made, but not its alias`) as string },
    });
  });

  test('repeats itself under the same token, once, when the answer is lost', async () => {
    const tokens: string[] = [];
    const lossy =
      (losses: number): NonNullable<Answers['CreateKey']> =>
      ({ client_token }) => {
        tokens.push(client_token);
        if (tokens.length <= losses) throw new Refusal('UNAVAILABLE', 'The connection was lost.');
        return { key_metadata: key };
      };
    expect(await run({ CreateKey: lossy(1) }, ['keys', 'create'])).toMatchObject({ exitCode: 0 });
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
    tokens.length = 0;
    expect(await run({ CreateKey: lossy(2) }, ['keys', 'create', '--client-token', 'mine'])).toMatchObject({ exitCode: 4 });
    expect(tokens).toEqual(['mine', 'mine']);
  });
});

describe('lists', () => {
  const all = Array.from({ length: 7 }, (_, index) => ({
    key_id: `0000000${index}-3c5b-4f0e-9d52-8f4a4c1a9e11`,
    key_state: 'KEY_STATE_ENABLED' as const,
    creation_date: november(22),
    description: `Key ${index}\n\u001b[2J`,
  }));
  const answers: Answers = {
    ListKeys: ({ page_size, page_token }) => {
      const begin = Number(page_token);
      const end = begin + Math.min(3, page_size);
      return { keys: all.slice(begin, end), next_page_token: end < all.length ? String(end) : '' };
    },
  };

  test('follow all pages', async () => {
    const { stdout } = await run(answers, ['keys', 'list', '--json']);
    const { keys } = JSON.parse(stdout) as { keys: { key_id: string }[] };
    expect(keys.map(({ key_id }) => key_id)).toEqual(all.map(({ key_id }) => key_id));
  });

  test('are a line per item for people', async () => {
    const { stdout } = await run(answers, ['keys', 'list', '--limit', '2']);
    expect(stdout).toBe(
      [
        'KEY                                   STATE    CREATED     DESCRIPTION',
        '00000000-3c5b-4f0e-9d52-8f4a4c1a9e11  enabled  2026-11-22  Key 0\\u{a}\\u{1b}[2J',
        '00000001-3c5b-4f0e-9d52-8f4a4c1a9e11  enabled  2026-11-22  Key 1\\u{a}\\u{1b}[2J',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['4', 4, true],
    ['7', 7, false],
    ['8', 7, false],
  ])('end at --limit %s', async (limit, shown, more) => {
    const { stdout, stderr } = await run(answers, ['keys', 'list', '--limit', limit]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1 + shown);
    expect(stderr).toBe(more ? 'There are more; raise --limit or leave it out.\n' : '');
  });

  test('say so when there is nothing', async () => {
    const empty: Answers = { ListKeys: () => ({ keys: [] }), ListAliases: () => ({ aliases: [] }) };
    expect((await run(empty, ['keys', 'list'])).stdout).toContain('There are no keys.');
    expect((await run(empty, ['aliases', 'list'])).stdout).toContain('There are no aliases.');
    expect(JSON.parse((await run(empty, ['keys', 'list', '--json'])).stdout)).toEqual({ keys: [] });
  });

  test('of keys are filtered by the server, on every page', async () => {
    const requests: unknown[] = [];
    const filtered: Answers = {
      ListKeys: (request) => {
        requests.push(request);
        return { keys: [], next_page_token: requests.length === 1 ? 'more' : '' };
      },
    };
    const filters = ['--state', 'enabled', '--state', 'pending-deletion', '--tag', 'team=payments'];
    expect((await run(filtered, ['keys', 'list', ...filters])).stdout).toBe('No key is like this.\n');
    const expected = {
      key_states: ['KEY_STATE_ENABLED', 'KEY_STATE_PENDING_DELETION'],
      tags: [{ tag_key: 'team', tag_value: 'payments' }],
    };
    expect(requests).toMatchObject([
      { ...expected, page_token: '' },
      { ...expected, page_token: 'more' },
    ]);
    expect(await run({}, ['keys', 'list', '--state', 'constructor'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Give one of enabled, disabled, pending-import') as string,
    });
  });
});

describe('changes', () => {
  test.each([
    [
      ['keys', 'rotate', keyId, '--expect', materialId],
      'RotateKeyOnDemand',
      { key_id: keyId, expected_current_key_material_id: materialId },
    ],
    [['keys', 'rotate', '--key', keyId, '--client-token', 't'], 'RotateKeyOnDemand', { key_id: keyId, client_token: 't' }],
    [['keys', 'enable', keyId], 'EnableKey', { key_id: keyId }],
    [['keys', 'disable', keyId], 'DisableKey', { key_id: keyId }],
    [['keys', 'update-description', keyId, '-d', ''], 'UpdateKeyDescription', { key_id: keyId, description: '' }],
    [['aliases', 'create', 'alias/a', '--key', keyId], 'CreateAlias', { alias_name: 'alias/a', target_key_id: keyId }],
    [['aliases', 'update', 'alias/a', '--key', keyId], 'UpdateAlias', { alias_name: 'alias/a', target_key_id: keyId }],
    [['aliases', 'delete', 'alias/a'], 'DeleteAlias', { alias_name: 'alias/a' }],
  ] as const)('%j', async (args, method, expected) => {
    const requests: unknown[] = [];
    const answers: Answers = {
      [method]: (request: unknown) => {
        requests.push(request);
        return method === 'RotateKeyOnDemand' ? { key_arn: keyArn, key_material_id: materialId } : {};
      },
    };
    const ended = await run(answers, args);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^\S.*\n$/s) as string });
    expect(requests).toMatchObject([expected]);
    const json = await run(answers, [...args, '--json']);
    expect(JSON.parse(json.stdout)).toEqual(method === 'RotateKeyOnDemand' ? { key_arn: keyArn, key_material_id: materialId } : {});
  });
});
