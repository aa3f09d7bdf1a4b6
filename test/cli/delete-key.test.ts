import { afterEach, describe, expect, test } from 'vitest';
import { Refusal, serve } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { exampleKey, keyArn, keyId, materialId, november } from './example-key.ts';
import { scratch } from './run-against.ts';
import { runOnTerminal } from './run-on-terminal.ts';

const { run } = scratch();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const requests: [method: string, request: unknown][] = [];
const daysAgo = (days: number) => ({ seconds: String(Math.floor(Date.now() / 1000) - days * 86_400 - 60), nanos: 0 });
const key = { ...exampleKey, creation_date: daysAgo(400), rotation: { key_material_count: 3, last_rotation_date: daysAgo(1) } };

const uses = { encryptions: 12, decryptions: 3, last_used_date: daysAgo(2), tracking_start_date: key.creation_date };

const answers: Answers = {
  DescribeKey: () => ({ key_metadata: key, uses }),
  ListAliases: () => ({ aliases: [{ alias_name: 'alias/cards' }, { alias_name: 'alias/payments' }] }),
  ScheduleKeyDeletion: (request) => {
    requests.push(['ScheduleKeyDeletion', request]);
    return { key_arn: keyArn, deletion_date: november(29), key_state: 'KEY_STATE_PENDING_DELETION', pending_window_in_days: 7 };
  },
  DeleteImportedKeyMaterial: (request) => {
    requests.push(['DeleteImportedKeyMaterial', request]);
    return { key_arn: keyArn, key_material_id: materialId };
  },
};
afterEach(() => requests.splice(0));

async function onTerminal(args: readonly string[], typed: string) {
  const { address, stop } = await serve(answers);
  stops.push(stop);
  const { exitCode, screen } = await runOnTerminal(args, { address, typed });
  // The two dates that move with the clock.
  return { exitCode, screen: screen.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, /g, '(then), ') };
}

const shownKey = [
  `Key           ${keyId}`,
  'Description   Payments',
  'Aliases       alias/cards',
  '              alias/payments',
  'State         enabled',
  'Created       (then), 400 days ago',
  'Rotated       (then), 1 day ago',
  'Backing keys  3',
  'Last used     (then), 2 days ago',
  'Uses          12 encryptions, 3 decryptions',
];

describe('keys schedule-deletion', () => {
  test('shows what would be lost, asks, and does it', async () => {
    const { exitCode, screen } = await onTerminal(['keys', 'schedule-deletion', keyArn, '--window', '7'], `${keyId}\n`);
    expect(screen).toBe(
      [
        'To be deleted:',
        '',
        ...shownKey,
        '',
        'Nothing can use it from now on, and in 7 days it is destroyed.',
        'What it encrypted is lost then.',
        '',
        `Type the key id to go on: ${keyId}`,
        `Key ${keyArn} is pending deletion: nothing uses it, and it is destroyed after`,
        '2026-11-29 09:50:31 UTC. Until then latchkey keys cancel-deletion keeps it.',
        '',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([['ScheduleKeyDeletion', { key_id: keyArn, pending_window_in_days: 7 }]]);
  });

  test.each(['yes\n', '\n', '\u0004'])('changes nothing after %j', async (typed) => {
    const { exitCode, screen } = await onTerminal(['keys', 'schedule-deletion', keyId], typed);
    expect(exitCode).toBe(2);
    expect(screen).toMatch(/\nlatchkey: That is not the key id: nothing was changed\.\n$/);
    expect(requests).toEqual([]);
  });

  test('asks nobody where there is no terminal, and calls nothing', async () => {
    const ended = await run({}, ['keys', 'schedule-deletion', keyId], { input: `${keyId}\n` });
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toBe('latchkey: Deleting a key asks for confirmation, and there is no terminal to ask on: pass --yes.\n');
    const json = await run({}, ['keys', 'schedule-deletion', keyId, '--json']);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { reason: 'NOT_CONFIRMED' } });
  });

  test('asks nothing with --yes', async () => {
    const ended = await run(answers, ['keys', 'schedule-deletion', keyId, '--yes', '--json']);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toMatchObject({ key_state: 'KEY_STATE_PENDING_DELETION', pending_window_in_days: 7 });
    expect(requests).toMatchObject([['ScheduleKeyDeletion', { key_id: keyId, pending_window_in_days: 30 }]]);
  });

  test('says what protects a key', async () => {
    const refusal = new Refusal('FAILED_PRECONDITION', 'Key is protected.', { reason: 'DELETION_PROTECTED' });
    const refusing: Answers = {
      ScheduleKeyDeletion: () => {
        throw refusal;
      },
    };
    const ended = await run(refusing, ['keys', 'schedule-deletion', keyId, '--yes']);
    expect(ended).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ended.stderr).toBe('latchkey: Key is protected. [DELETION_PROTECTED]\n  latchkey keys unprotect allows it.\n');
  });

  test.each([
    [['alias/payments', '--yes'], 'by its id or ARN, not by an alias'],
    [['arn:aws:kms:us-east-1:000000000000:alias/payments', '--yes'], 'by its id or ARN, not by an alias'],
    [[keyId, '--yes', '--window', '6'], 'from 7 to 30'],
    [[keyId, '--yes', '--window', '31'], 'from 7 to 30'],
    [['--yes'], 'Name the key'],
  ])('refuses %j', async (args, why) => {
    expect(await run({}, ['keys', 'schedule-deletion', ...args])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(why) as string,
    });
  });
});

describe('keys delete-material', () => {
  test.each([
    [[], '', ['The current material of this key is to be destroyed:']],
    [['--material', materialId], materialId, [`Material ${materialId}`, 'of this key is to be destroyed:']],
  ])('with %j shows what would be lost, asks, and does it', async (args, material, heading) => {
    const { exitCode, screen } = await onTerminal(['keys', 'delete-material', keyId, ...args], `${keyId}\n`);
    expect(screen).toBe(
      [
        ...heading,
        '',
        ...shownKey,
        '',
        'What it encrypted cannot be decrypted until the same bytes are imported again.',
        'Latchkey keeps no copy.',
        '',
        `Type the key id to go on: ${keyId}`,
        `Material ${materialId}`,
        `  of key ${keyId} is gone.`,
        '',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);
    expect(requests).toMatchObject([['DeleteImportedKeyMaterial', { key_id: keyId, key_material_id: material }]]);
  });

  test('changes nothing unless it is confirmed', async () => {
    expect(await onTerminal(['keys', 'delete-material', keyId], 'y\n')).toMatchObject({ exitCode: 2 });
    expect(await run(answers, ['keys', 'delete-material', keyId])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Deleting key material asks for confirmation') as string,
    });
    expect(await run(answers, ['keys', 'delete-material', 'alias/a', '--yes'])).toMatchObject({ exitCode: 2 });
    expect(requests).toEqual([]);
  });

  test('asks nothing with --yes, and says when there was nothing', async () => {
    const { stdout } = await run(answers, ['keys', 'delete-material', keyId, '-y', '--json']);
    expect(JSON.parse(stdout)).toEqual({ key_arn: keyArn, key_material_id: materialId });
    const empty: Answers = { DeleteImportedKeyMaterial: () => ({ key_arn: keyArn }) };
    expect((await run(empty, ['keys', 'delete-material', keyId, '-y'])).stdout).toBe(`Key ${keyId} has no imported material.\n`);
  });
});
