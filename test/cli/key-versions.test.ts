import { expect, test } from 'vitest';
import type { RotationsListEntry } from '../../src/generated/latchkey/v1/RotationsListEntry.ts';
import { keyId, november } from './example-key.ts';
import { scratch } from './run-against.ts';

const { run } = scratch();

const generated: RotationsListEntry[] = [
  {
    key_material_id: 'a'.repeat(64),
    key_material_state: 'KEY_MATERIAL_STATE_NON_CURRENT',
    creation_date: november(1),
    compromised_date: november(24),
    uses: {
      encryptions: 1_000_000,
      decryptions: 1,
      plaintext_bytes: 2 ** 40,
      first_used_date: november(2),
      last_used_date: november(23),
      tracking_start_date: november(2),
    },
  },
  {
    key_material_id: 'b'.repeat(64),
    key_material_state: 'KEY_MATERIAL_STATE_NON_CURRENT',
    creation_date: november(2),
    rotation_date: november(2),
    rotation_type: 'ROTATION_TYPE_AUTOMATIC',
    uses: { tracking_start_date: november(3) },
  },
  {
    key_material_id: 'c'.repeat(64),
    key_material_state: 'KEY_MATERIAL_STATE_CURRENT',
    creation_date: november(3),
    rotation_date: november(3),
    rotation_type: 'ROTATION_TYPE_ON_DEMAND',
    uses: {
      encryptions: 1,
      plaintext_bytes: 1,
      first_used_date: november(4),
      last_used_date: november(4),
      tracking_start_date: november(3),
    },
  },
];

const imported: RotationsListEntry[] = [
  {
    key_material_id: 'a'.repeat(64),
    key_material_state: 'KEY_MATERIAL_STATE_NON_CURRENT',
    creation_date: november(1),
    import_state: 'IMPORT_STATE_PENDING_IMPORT',
  },
  {
    key_material_id: 'b'.repeat(64),
    key_material_state: 'KEY_MATERIAL_STATE_CURRENT',
    creation_date: november(2),
    rotation_date: november(5),
    rotation_type: 'ROTATION_TYPE_ON_DEMAND',
    import_state: 'IMPORT_STATE_IMPORTED',
    expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE',
  },
  {
    key_material_id: 'c'.repeat(64),
    key_material_state: 'KEY_MATERIAL_STATE_PENDING_ROTATION',
    creation_date: november(6),
    import_state: 'IMPORT_STATE_IMPORTED',
    expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES',
    valid_to: november(30),
    uses: { tracking_start_date: november(6) },
  },
];

test.each([
  [
    'versions',
    generated,
    [
      `BACKING KEY${' '.repeat(55)}STATE`,
      `${'a'.repeat(64)}  non-current`,
      '  made with the key, 2026-11-01 09:50:31 UTC',
      '  used 2026-11-02 09:50:31 UTC to 2026-11-23 09:50:31 UTC',
      '  1000000 encryptions, 1 decryption, 1099511627776 bytes',
      '  since 2026-11-02 09:50:31 UTC',
      '  COMPROMISED since 2026-11-24 09:50:31 UTC',
      `${'b'.repeat(64)}  non-current`,
      '  rotated by the schedule, 2026-11-02 09:50:31 UTC',
      '  not used since 2026-11-03 09:50:31 UTC, when counting began',
      `${'c'.repeat(64)}  current`,
      '  rotated on demand, 2026-11-03 09:50:31 UTC',
      '  used 2026-11-04 09:50:31 UTC',
      '  1 encryption, 0 decryptions, 1 byte',
      '',
    ],
  ],
  [
    'list-key-versions',
    imported,
    [
      `BACKING KEY${' '.repeat(55)}STATE`,
      `${'a'.repeat(64)}  non-current`,
      '  imported, 2026-11-01 09:50:31 UTC',
      '  GONE until the same bytes are imported again',
      `${'b'.repeat(64)}  current`,
      '  imported, 2026-11-02 09:50:31 UTC',
      '  rotated on demand, 2026-11-05 09:50:31 UTC',
      '  never expires',
      `${'c'.repeat(64)}  pending rotation`,
      '  imported, 2026-11-06 09:50:31 UTC',
      '  expires 2026-11-30 09:50:31 UTC',
      '  never used',
      '',
    ],
  ],
])('keys %s shows what became of each backing key, of all pages', async (name, rotations, lines) => {
  const requests: unknown[] = [];
  const { stdout } = await run(
    {
      ListKeyRotations: (request) => {
        requests.push(request);
        const index = Number(request.page_token);
        return { rotations: [rotations[index]!], next_page_token: index + 1 < rotations.length ? String(index + 1) : '' };
      },
    },
    ['keys', name, keyId],
  );
  expect(requests).toMatchObject(rotations.map(() => ({ key_id: keyId, include_key_material: true })));
  expect(stdout).toBe(lines.join('\n'));
});

test('keys versions prints JSON, and says when there is nothing', async () => {
  const { stdout } = await run({ ListKeyRotations: () => ({ rotations: [imported[2]!] }) }, ['keys', 'versions', keyId, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    rotations: [{ import_state: 'IMPORT_STATE_IMPORTED', valid_to: '2026-11-30T09:50:31.000Z', compromised_date: null }],
  });
  const empty = await run({ ListKeyRotations: () => ({ rotations: [] }) }, ['keys', 'versions', keyId]);
  expect(empty.stdout).toBe('The key has no backing key yet. Bring one: latchkey keys import <key> --file <file>\n');
});
