import { describe, expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import { failure } from './raw-client.ts';
import { type ServerUnderTest, useServer } from './using-server.ts';

/** Every reason that a call can end in, in this version, and all that its status says. INCORRECT_KEY and the like by one call each. */
const under = useServer();
const { crypto, keys } = loadProtocol();
const absent = '00000000-0000-4000-8000-000000000000';

interface ErrorCase {
  readonly reason: string;
  readonly code: string;
  readonly fields?: readonly string[];
  readonly method: string;
  readonly request: (under: ServerUnderTest) => Promise<Buffer>;
}

const cases: readonly ErrorCase[] = [
  {
    reason: 'INVALID_REQUEST',
    code: 'INVALID_ARGUMENT',
    fields: ['description'],
    method: 'KeyService/CreateKey',
    request: async () => keys.CreateKey.requestSerialize({ description: 'x'.repeat(8193) }),
  },
  {
    reason: 'INVALID_REQUEST',
    code: 'INVALID_ARGUMENT',
    fields: ['key_id'],
    method: 'CryptoService/Encrypt',
    request: async () => crypto.Encrypt.requestSerialize({ plaintext: Buffer.of(1) }),
  },
  {
    reason: 'INVALID_ARN',
    code: 'INVALID_ARGUMENT',
    method: 'KeyService/DescribeKey',
    request: async () => keys.DescribeKey.requestSerialize({ key_id: 'arn:aws:kms:us-east-1:1:key/x' }),
  },
  {
    reason: 'INVALID_ALIAS_NAME',
    code: 'INVALID_ARGUMENT',
    method: 'KeyService/DescribeKey',
    request: async () => keys.DescribeKey.requestSerialize({ key_id: 'alias/ä' }),
  },
  {
    reason: 'INVALID_PAGE_TOKEN',
    code: 'INVALID_ARGUMENT',
    method: 'KeyService/ListKeys',
    request: async () => keys.ListKeys.requestSerialize({ page_token: 'x' }),
  },
  {
    reason: 'INVALID_CIPHERTEXT',
    code: 'INVALID_ARGUMENT',
    method: 'CryptoService/Decrypt',
    request: async () => crypto.Decrypt.requestSerialize({ ciphertext_blob: Buffer.alloc(100) }),
  },
  {
    reason: 'CHECKSUM_MISMATCH',
    code: 'INVALID_ARGUMENT',
    method: 'CryptoService/Encrypt',
    request: async () => crypto.Encrypt.requestSerialize({ key_id: absent, plaintext: Buffer.of(1), plaintext_crc32c: 1 }),
  },
  {
    reason: 'INCORRECT_KEY',
    code: 'INVALID_ARGUMENT',
    method: 'CryptoService/Decrypt',
    request: async ({ newKey, latchkey }) => {
      const { ciphertext_blob } = await latchkey.crypto.encrypt({ key_id: await newKey(), plaintext: Buffer.of(1) });
      return crypto.Decrypt.requestSerialize({ ciphertext_blob, key_id: await newKey() });
    },
  },
  {
    reason: 'KEY_NOT_FOUND',
    code: 'NOT_FOUND',
    method: 'KeyService/DescribeKey',
    request: async () => keys.DescribeKey.requestSerialize({ key_id: absent }),
  },
  {
    reason: 'ALIAS_NOT_FOUND',
    code: 'NOT_FOUND',
    method: 'KeyService/DescribeKey',
    request: async () => keys.DescribeKey.requestSerialize({ key_id: 'alias/absent' }),
  },
  {
    reason: 'ALREADY_EXISTS',
    code: 'ALREADY_EXISTS',
    method: 'KeyService/CreateAlias',
    request: async ({ newKey, latchkey }) => {
      const order = { alias_name: 'alias/exists', target_key_id: await newKey() };
      await latchkey.keys.createAlias(order);
      return keys.CreateAlias.requestSerialize(order);
    },
  },
  {
    reason: 'KEY_DISABLED',
    code: 'FAILED_PRECONDITION',
    method: 'CryptoService/Encrypt',
    request: async ({ newKey, latchkey }) => {
      const key_id = await newKey();
      await latchkey.keys.disableKey({ key_id });
      return crypto.Encrypt.requestSerialize({ key_id, plaintext: Buffer.of(1) });
    },
  },
  {
    reason: 'UNSUPPORTED_OPERATION',
    code: 'FAILED_PRECONDITION',
    method: 'KeyService/CreateKey',
    request: async () => keys.CreateKey.requestSerialize({ origin: 'ORIGIN_TYPE_EXTERNAL', enable_key_rotation: true }),
  },
  {
    reason: 'CONFLICT',
    code: 'ABORTED',
    method: 'KeyService/RotateKeyOnDemand',
    request: async ({ newKey }) =>
      keys.RotateKeyOnDemand.requestSerialize({ key_id: await newKey(), expected_current_key_material_id: '0'.repeat(64) }),
  },
  {
    reason: 'LIMIT_EXCEEDED',
    code: 'RESOURCE_EXHAUSTED',
    method: 'KeyService/CreateAlias',
    request: async ({ newKey, latchkey }) => {
      const target_key_id = await newKey();
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) =>
          latchkey.keys.createAlias({ alias_name: `alias/full/${index}`, target_key_id }),
        ),
      );
      return keys.CreateAlias.requestSerialize({ alias_name: 'alias/full/more', target_key_id });
    },
  },
];

describe('the status of a failed call', () => {
  it.each(cases)('$method: $reason is $code', async ({ reason, code, fields = [], method, request }) => {
    const refused = await failure(under.raw.call(method, await request(under)));
    expect(refused).toEqual({ code, reason, domain: 'latchkey', fields, message: expect.stringMatching(/\w+/) });
  });

  it('carries no reason where gRPC itself answers', async () => {
    const refused = await failure(under.raw.call('CryptoService/NoSuchMethod', Buffer.alloc(0)));
    expect(refused).toMatchObject({ code: 'UNIMPLEMENTED', reason: undefined });
  });
});
