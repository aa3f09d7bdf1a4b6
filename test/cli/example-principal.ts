import type { CreateAccessTokenResponse } from '../../src/generated/latchkey/v1/CreateAccessTokenResponse.ts';
import type { Principal } from '../../src/generated/latchkey/v1/Principal.ts';
import { november } from './example-key.ts';

/** A principal as a server shows it. */
export const examplePrincipal = {
  principal_id: '3f2b7c1e-8a90-4d17-b6a5-0c9d2e4f6a81',
  arn: 'arn:aws:iam::000000000000:user/token/alice',
  path: 'user/token/alice',
  source: 'PRINCIPAL_SOURCE_ACCESS_TOKEN',
  creation_date: november(22),
  enabled: true,
  tags: [{ tag_key: 'team', tag_value: 'payments' }],
  group_names: ['ci', 'staff'],
  ready_policy_names: ['key-user'],
  policy_names: [],
} as const satisfies Principal;

export const examplePrincipalText = [
  'Principal       user/token/alice',
  'ARN             arn:aws:iam::000000000000:user/token/alice',
  'Id              3f2b7c1e-8a90-4d17-b6a5-0c9d2e4f6a81',
  'State           enabled',
  'Created         2026-11-22 09:50:31 UTC',
  'Tags            team=payments',
  'Groups          ci',
  '                staff',
  'Ready policies  key-user',
  'Own policies    -',
].join('\n');

export const exampleToken = `lk_abcdefghijklmnop_${'A'.repeat(43)}`;

/** An access token as a server shows it once. */
export const exampleTokenAnswer = {
  access_token: exampleToken,
  token: { token_id: 'abcdefghijklmnop', creation_date: november(22), expiration_date: november(29) },
} as const satisfies CreateAccessTokenResponse;
