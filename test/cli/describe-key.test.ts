import { describe, expect, test } from 'vitest';
import type { KeyMetadata } from '../../src/generated/latchkey/v1/KeyMetadata.ts';
import type { KeyUses } from '../../src/generated/latchkey/v1/KeyUses.ts';
import type { Answers } from '../client/serve.ts';
import { exampleKey, keyArn, keyId, materialId, november } from './example-key.ts';
import { scratch } from './run-against.ts';

const { run } = scratch();

const uses: KeyUses = {
  encryptions: 12,
  decryptions: 1,
  plaintext_bytes: 130,
  first_used_date: november(22),
  last_used_date: november(24),
  tracking_start_date: november(22),
};
const unused: KeyUses = { tracking_start_date: november(22) };

function describing(key: KeyMetadata, requests: unknown[] = []): Answers {
  const page = <Item>(items: Item[], page_token: string) => ({
    item: items[Number(page_token)],
    next_page_token: Number(page_token) + 1 < items.length ? String(Number(page_token) + 1) : '',
  });
  return {
    DescribeKey: (request) => {
      requests.push(request);
      return { key_metadata: key, uses };
    },
    ListAliases: ({ key_id, page_token }) => {
      requests.push({ key_id });
      const { item, next_page_token } = page(['alias/cards', 'alias/payments'], page_token);
      return { aliases: [{ alias_name: item! }], next_page_token };
    },
    ListResourceTags: ({ key_id, page_token }) => {
      requests.push({ key_id });
      const tags = [
        { tag_key: 'stage', tag_value: 'prod' },
        { tag_key: 'team', tag_value: 'a\n\u001b[2Jb' },
      ];
      const { item, next_page_token } = page(tags, page_token);
      return { tags: [item!], next_page_token };
    },
  };
}

const none: Answers = { ListAliases: () => ({ aliases: [] }), ListResourceTags: () => ({ tags: [] }) };

describe('keys describe', () => {
  test('shows a key with its names and labels, of all pages', async () => {
    const requests: unknown[] = [];
    const rotation = { key_material_count: 3, enabled: true, rotation_period_in_days: 90, next_rotation_date: november(30) };
    const key = { ...exampleKey, deletion_protection: true, rotation: { ...rotation, last_rotation_date: november(24) } };
    const { stdout, stderr, exitCode } = await run(describing(key, requests), ['keys', 'describe', 'alias/payments']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(requests).toMatchObject([{ key_id: 'alias/payments' }, ...Array.from({ length: 4 }, () => ({ key_id: keyId }))]);
    expect(stdout).toBe(
      [
        `Key            ${keyId}`,
        `ARN            ${keyArn}`,
        'Description    Payments',
        'Aliases        alias/cards',
        '               alias/payments',
        'Tags           stage=prod',
        '               team=a\\u{a}\\u{1b}[2Jb',
        'State          enabled since 2026-11-22 09:50:31 UTC',
        'Protected      yes, it cannot be deleted',
        'Created        2026-11-22 09:50:31 UTC',
        'Rotates        every 90 days, next on 2026-11-30 09:50:31 UTC',
        'Rotated        2026-11-24 09:50:31 UTC',
        'Last used      2026-11-24 09:50:31 UTC',
        'Uses           12 encryptions, 1 decryption',
        'Spec           SYMMETRIC_DEFAULT',
        'Usage          ENCRYPT_DECRYPT',
        'Origin         AWS_KMS',
        `Encrypts with  ${materialId}`,
        'Decrypts with  3 backing keys',
        '',
      ].join('\n'),
    );
  });

  test.each([
    [
      'a key to be destroyed',
      { key_state: 'KEY_STATE_PENDING_DELETION', deletion_date: november(29) },
      [
        'State          pending deletion since 2026-11-22 09:50:31 UTC',
        'Destroyed      2026-11-29 09:50:31 UTC, unless that is cancelled',
      ],
    ],
    [
      'a key that waits for material',
      { key_state: 'KEY_STATE_PENDING_IMPORT', origin: 'ORIGIN_TYPE_EXTERNAL', current_key_material_id: '', rotation: {} },
      ['Origin         EXTERNAL', 'Encrypts with  nothing: its material is not imported yet', 'Decrypts with  0 backing keys'],
    ],
    [
      'material that expires',
      { origin: 'ORIGIN_TYPE_EXTERNAL', valid_to: november(30) },
      ['Origin         EXTERNAL', 'Expires        2026-11-30 09:50:31 UTC, the first of its material'],
    ],
    ['material that does not', { origin: 'ORIGIN_TYPE_EXTERNAL' }, ['Origin         EXTERNAL', 'Expires        never']],
    ['a key of version 0.1', { key_state_date: null }, ['State          enabled', 'Protected      no']],
    [
      'a key from a seed file',
      { insecure: true },
      [
        `ARN            ${keyArn}`,
        'INSECURE       its material is known: it came from a seed file, for development',
        'Description    Payments',
        'Aliases        -',
        'Tags           -',
      ],
    ],
  ] as const)('shows %s', async (_, facts, lines) => {
    const { stdout } = await run({ DescribeKey: () => ({ key_metadata: { ...exampleKey, ...facts } }), ...none }, [
      'keys',
      'describe',
      keyId,
    ]);
    expect(stdout).toContain(`\n${lines.join('\n')}\n`);
  });

  test.each([
    ['a key that was never used', unused, ['Rotated        never', 'Last used      never', 'Spec           SYMMETRIC_DEFAULT']],
    [
      'a key that is older than counting',
      { tracking_start_date: november(23) },
      ['Last used      not since 2026-11-23 09:50:31 UTC, when counting began', 'Spec           SYMMETRIC_DEFAULT'],
    ],
    [
      'a key that is older than counting, and was used',
      { ...uses, tracking_start_date: november(23) },
      [
        'Last used      2026-11-24 09:50:31 UTC',
        'Uses           12 encryptions, 1 decryption',
        '               since 2026-11-23 09:50:31 UTC',
        'Spec           SYMMETRIC_DEFAULT',
      ],
    ],
  ])('says of %s what is known', async (_, known, lines) => {
    const answers: Answers = { DescribeKey: () => ({ key_metadata: exampleKey, uses: known }), ...none };
    const { stdout } = await run(answers, ['keys', 'describe', keyId]);
    expect(stdout).toContain(`\n${lines.join('\n')}\n`);
  });

  test('prints all of it as JSON', async () => {
    const { stdout } = await run(describing(exampleKey), ['keys', 'describe', keyId, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      key_metadata: { key_id: keyId, key_state_date: '2026-11-22T09:50:31.000Z', deletion_date: null, insecure: false },
      uses: { encryptions: '12', plaintext_bytes: '130', last_used_date: '2026-11-24T09:50:31.000Z' },
      aliases: [{ alias_name: 'alias/cards' }, { alias_name: 'alias/payments' }],
      tags: [{ tag_key: 'stage', tag_value: 'prod' }, { tag_key: 'team' }],
    });
  });
});
