import { describe, expect, test } from 'vitest';
import type { Answers } from '../client/serve.ts';
import { keyArn, keyId, materialId, november } from './example-key.ts';
import { scratch } from './run-against.ts';

const { run } = scratch();

describe('changes of rotation, protection, deletion and trust', () => {
  test.each([
    [
      ['enable-rotation', keyId],
      'EnableKeyRotation',
      { key_id: keyId, rotation_period_in_days: 365 },
      `Key ${keyId} is rotated every 365 days, the first time 365 days from now.\n`,
    ],
    [
      ['enable-rotation', keyId, '--period', '90'],
      'EnableKeyRotation',
      { key_id: keyId, rotation_period_in_days: 90 },
      `Key ${keyId} is rotated every 90 days, the first time 90 days from now.\n`,
    ],
    [['disable-rotation', keyId], 'DisableKeyRotation', { key_id: keyId }, `Key ${keyId} is rotated on demand only.\n`],
    [
      ['protect', keyId],
      'SetDeletionProtection',
      { key_id: keyId, deletion_protection: true },
      `Key ${keyId} is protected: it cannot be deleted until it is unprotected.\n`,
    ],
    [
      ['unprotect', '--key', keyId],
      'SetDeletionProtection',
      { key_id: keyId, deletion_protection: false },
      `Key ${keyId} is not protected: it can be deleted.\n`,
    ],
    [
      ['cancel-deletion', keyId],
      'CancelKeyDeletion',
      { key_id: keyId },
      `Key ${keyId} is kept, and disabled.\nlatchkey keys enable allows its use again.\n`,
    ],
    [
      ['mark-compromised', keyId, materialId],
      'SetKeyMaterialCompromised',
      { key_id: keyId, key_material_id: materialId, compromised: true },
      `Backing key ${materialId}\n  of key ${keyId} is compromised: what it encrypted no longer decrypts.\n`,
    ],
    [
      ['unmark-compromised', keyId, materialId],
      'SetKeyMaterialCompromised',
      { key_id: keyId, key_material_id: materialId, compromised: false },
      `Backing key ${materialId}\n  of key ${keyId} is not compromised: what it encrypted decrypts again.\n`,
    ],
  ] as const)('%j', async (args, method, expected, said) => {
    const requests: unknown[] = [];
    const answers: Answers = {
      [method]: (request: unknown) => {
        requests.push(request);
        return method === 'CancelKeyDeletion' ? { key_arn: keyArn } : {};
      },
    };
    expect(await run(answers, ['keys', ...args])).toMatchObject({ exitCode: 0, stderr: '', stdout: said });
    expect(requests).toEqual([expected]);
    const json = await run(answers, ['keys', ...args, '--json']);
    expect(JSON.parse(json.stdout)).toEqual(method === 'CancelKeyDeletion' ? { key_arn: keyArn } : {});
  });

  test.each([
    [['enable-rotation', keyId, '--period', '89'], 'from 90 to 2560'],
    [['enable-rotation', keyId, '--period', '2561'], 'from 90 to 2560'],
    [['mark-compromised', keyId], "Missing required argument 'key material id'"],
    [['protect'], 'Name the key'],
  ])('refuse %j', async (args, why) => {
    expect(await run({}, ['keys', ...args])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) as string });
  });
});

describe('keys rotation-status', () => {
  const schedule = { key_arn: keyArn, key_rotation_enabled: true, rotation_period_in_days: 90, next_rotation_date: november(30) };

  test('shows how often and when next', async () => {
    const answers: Answers = { GetKeyRotationStatus: () => schedule };
    expect((await run(answers, ['keys', 'rotation-status', keyId])).stdout).toBe(
      [`Key      ${keyArn}`, 'Rotates  every 90 days', 'Next     2026-11-30 09:50:31 UTC', ''].join('\n'),
    );
    expect(JSON.parse((await run(answers, ['keys', 'rotation-status', keyId, '--json'])).stdout)).toEqual({
      ...schedule,
      next_rotation_date: '2026-11-30T09:50:31.000Z',
    });
  });

  test('says when there is none', async () => {
    const { stdout } = await run({ GetKeyRotationStatus: () => ({ key_arn: keyArn }) }, ['keys', 'rotation-status', keyId]);
    expect(stdout).toBe([`Key      ${keyArn}`, 'Rotates  on demand only', ''].join('\n'));
  });
});
