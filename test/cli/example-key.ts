import type { KeyMetadata } from '../../src/generated/latchkey/v1/KeyMetadata.ts';

export const keyId = '1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11';
export const keyArn = `arn:aws:kms:us-east-1:000000000000:key/${keyId}`;
export const materialId = '5afe6cda12811a6d1d3b149f2a09434a4d3a7bf509f43dc8c04552fd61879a4b';

/** A day of November 2026 at 09:50:31 UTC. */
export function november(day: number) {
  return { seconds: String(Date.UTC(2026, 10, day, 9, 50, 31) / 1000), nanos: 0 };
}

/** A key as a server describes it. */
export const exampleKey = {
  key_id: keyId,
  arn: keyArn,
  description: 'Payments',
  key_state: 'KEY_STATE_ENABLED',
  key_state_date: november(22),
  creation_date: november(22),
  current_key_material_id: materialId,
  key_spec: 'KEY_SPEC_SYMMETRIC_DEFAULT',
  key_usage: 'KEY_USAGE_TYPE_ENCRYPT_DECRYPT',
  origin: 'ORIGIN_TYPE_AWS_KMS',
  rotation: { key_material_count: 1 },
} as const satisfies KeyMetadata;
