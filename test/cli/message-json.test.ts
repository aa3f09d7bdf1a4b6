import { describe, expect, test } from 'vitest';
import { messageJson, readableTimestamp } from '../../src/cli/message-json.ts';

describe('messageJson', () => {
  test('keeps names and enums, and writes bytes, timestamps and absence as JSON can', () => {
    const message = {
      key_metadata: {
        key_id: 'k1',
        enabled: true,
        key_state: 'KEY_STATE_ENABLED',
        creation_date: { seconds: '1795341031', nanos: 250_000_000 },
        rotation: { last_rotation_date: null, key_material_count: 1 },
        encryption_algorithms: ['ENCRYPTION_ALGORITHM_SPEC_SYMMETRIC_DEFAULT'],
      },
      ciphertext_blob: Buffer.from([1, 1, 255]),
    };
    expect(JSON.parse(messageJson(message))).toEqual({
      key_metadata: {
        key_id: 'k1',
        enabled: true,
        key_state: 'KEY_STATE_ENABLED',
        creation_date: '2026-11-22T09:50:31.250Z',
        rotation: { last_rotation_date: null, key_material_count: 1 },
        encryption_algorithms: ['ENCRYPTION_ALGORITHM_SPEC_SYMMETRIC_DEFAULT'],
      },
      ciphertext_blob: 'AQH/',
    });
  });
});

describe('readableTimestamp', () => {
  test('is UTC to the second', () => {
    expect(readableTimestamp({ seconds: '1795341031', nanos: 999_999_999 })).toBe('2026-11-22 09:50:31 UTC');
  });

  test('of nothing is a dash', () => {
    expect(readableTimestamp(null)).toBe('-');
  });
});
