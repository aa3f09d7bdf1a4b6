import { describe, expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const absent = '00000000-0000-4000-8000-000000000000';

describe('CreateKey', () => {
  it('makes a key with all defaults', async () => {
    const { key_metadata } = await under.latchkey.keys.createKey({});
    const keyId = key_metadata?.key_id ?? '';
    expect(key_metadata).toEqual({
      aws_account_id: '000000000000',
      key_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      arn: `arn:aws:kms:us-east-1:000000000000:key/${keyId}`,
      creation_date: expect.objectContaining({ seconds: expect.any(String) }),
      enabled: true,
      description: '',
      key_usage: 'KEY_USAGE_TYPE_ENCRYPT_DECRYPT',
      key_state: 'KEY_STATE_ENABLED',
      origin: 'ORIGIN_TYPE_AWS_KMS',
      key_manager: 'KEY_MANAGER_TYPE_CUSTOMER',
      key_spec: 'KEY_SPEC_SYMMETRIC_DEFAULT',
      encryption_algorithms: ['ENCRYPTION_ALGORITHM_SPEC_SYMMETRIC_DEFAULT'],
      current_key_material_id: expect.stringMatching(/^[0-9a-f]{64}$/),
      rotation: {
        last_rotation_date: null,
        key_material_count: 1,
        enabled: false,
        rotation_period_in_days: 0,
        next_rotation_date: null,
      },
      deletion_date: null,
      key_state_date: key_metadata?.creation_date,
      deletion_protection: false,
      expiration_model: 'EXPIRATION_MODEL_TYPE_UNSPECIFIED',
      valid_to: null,
      insecure: false,
    });
    expect(Math.abs(Number(key_metadata?.creation_date?.seconds) * 1000 - Date.now())).toBeLessThan(60_000);
    expect((await under.latchkey.keys.describeKey({ key_id: keyId })).key_metadata).toEqual(key_metadata);
  });

  it('keeps a description of 8192 characters, whatever they are', async () => {
    const description = '\u{1f511}'.repeat(100) + 'ä'.repeat(7992);
    const { key_metadata } = await under.latchkey.keys.createKey({ description });
    expect(key_metadata?.description).toBe(description);
  });

  const refused = [
    [{ description: 'x'.repeat(8193) }, 'INVALID_REQUEST', ['description']],
    [{ client_token: 'has a space' }, 'INVALID_REQUEST', ['client_token']],
    [{ client_token: 'x'.repeat(65) }, 'INVALID_REQUEST', ['client_token']],
    [{ origin: 'ORIGIN_TYPE_EXTERNAL', enable_key_rotation: true }, 'UNSUPPORTED_OPERATION', []],
    [{ origin: 77 as never }, 'INVALID_REQUEST', ['origin']],
    [{ key_spec: 77 as never }, 'INVALID_REQUEST', ['key_spec']],
    [{ key_usage: 77 as never }, 'INVALID_REQUEST', ['key_usage']],
  ] as const;
  it.each(refused)('refuses %o', async (request, reason, fields) => {
    expect(await refusalFacts(under.latchkey.keys.createKey(request))).toMatchObject({ reason, fields });
  });
});

describe('DescribeKey', () => {
  it('takes an alias too', async () => {
    const key_id = await under.newKey('named');
    await under.latchkey.keys.createAlias({ alias_name: 'alias/described', target_key_id: key_id });
    const arn = 'arn:aws:kms:us-east-1:000000000000:alias/described';
    for (const name of ['alias/described', arn]) {
      expect((await under.latchkey.keys.describeKey({ key_id: name })).key_metadata?.key_id).toBe(key_id);
    }
  });
});

describe('UpdateKeyDescription', () => {
  it('replaces it, also on a disabled key', async () => {
    const key_id = await under.newKey('before');
    await under.latchkey.keys.disableKey({ key_id });
    await under.latchkey.keys.updateKeyDescription({ key_id, description: 'after' });
    expect((await under.latchkey.keys.describeKey({ key_id })).key_metadata).toMatchObject({
      description: 'after',
      key_state: 'KEY_STATE_DISABLED',
    });
    await under.latchkey.keys.updateKeyDescription({ key_id, description: '' });
    expect((await under.latchkey.keys.describeKey({ key_id })).key_metadata?.description).toBe('');
  });
});

describe('DisableKey and EnableKey', () => {
  it('stop every use at once, and allow it again', async () => {
    const { keys, crypto } = under.latchkey;
    const key_id = await under.newKey();
    const plaintext = Buffer.from('x');
    const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext });

    await keys.disableKey({ key_id });
    expect((await keys.describeKey({ key_id })).key_metadata).toMatchObject({ enabled: false, key_state: 'KEY_STATE_DISABLED' });
    const uses = [
      async () => crypto.encrypt({ key_id, plaintext }),
      async () => crypto.decrypt({ ciphertext_blob }),
      async () => crypto.decrypt({ ciphertext_blob, key_id }),
      async () => crypto.generateDataKey({ key_id, number_of_bytes: 1 }),
      async () => crypto.generateDataKeyWithoutPlaintext({ key_id, number_of_bytes: 1 }),
      async () => crypto.reEncrypt({ ciphertext_blob, destination_key_id: key_id }),
      async () => keys.rotateKeyOnDemand({ key_id }),
    ];
    for (const use of uses) {
      expect(await refusalFacts(use())).toEqual({ reason: 'KEY_DISABLED', code: 'FAILED_PRECONDITION', fields: [] });
    }

    await keys.enableKey({ key_id });
    expect((await crypto.decrypt({ ciphertext_blob })).plaintext).toEqual(plaintext);
  });

  it('refuse ReEncrypt when either side is disabled', async () => {
    const { keys, crypto } = under.latchkey;
    const [on, off] = [await under.newKey(), await under.newKey()];
    const fromOn = await crypto.encrypt({ key_id: on, plaintext: Buffer.from('x') });
    const fromOff = await crypto.encrypt({ key_id: off, plaintext: Buffer.from('x') });
    await keys.disableKey({ key_id: off });
    const calls = [
      crypto.reEncrypt({ ciphertext_blob: fromOn.ciphertext_blob, destination_key_id: off }),
      crypto.reEncrypt({ ciphertext_blob: fromOff.ciphertext_blob, destination_key_id: on }),
    ];
    for (const { reason } of await Promise.all(calls.map(refusalFacts))) {
      expect(reason).toBe('KEY_DISABLED');
    }
  });

  it('change nothing when nothing is to change', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey();
    await keys.enableKey({ key_id });
    await keys.disableKey({ key_id });
    await keys.disableKey({ key_id });
    expect((await keys.describeKey({ key_id })).key_metadata?.enabled).toBe(false);
  });
});

describe('a key that does not exist', () => {
  it('is KEY_NOT_FOUND in every call', async () => {
    const { keys, crypto } = under.latchkey;
    const key_id = absent;
    const calls = [
      keys.describeKey({ key_id }),
      keys.updateKeyDescription({ key_id }),
      keys.enableKey({ key_id }),
      keys.disableKey({ key_id }),
      keys.rotateKeyOnDemand({ key_id }),
      keys.listKeyRotations({ key_id }),
      keys.listAliases({ key_id }),
      keys.createAlias({ alias_name: 'alias/of-nothing', target_key_id: key_id }),
      crypto.encrypt({ key_id, plaintext: Buffer.from('x') }),
      crypto.generateDataKey({ key_id, number_of_bytes: 1 }),
      crypto.generateDataKeyWithoutPlaintext({ key_id, number_of_bytes: 1 }),
      keys.describeKey({ key_id: `arn:aws:kms:us-east-1:000000000000:key/${absent}` }),
      keys.describeKey({ key_id: `arn:aws:kms:us-east-2:000000000000:key/${absent}` }),
    ];
    for (const facts of await Promise.all(calls.map(refusalFacts))) {
      expect(facts).toEqual({ reason: 'KEY_NOT_FOUND', code: 'NOT_FOUND', fields: [] });
    }
  });
});

describe('GetServerInfo', () => {
  it('tells version, formats and limits', async () => {
    expect(await under.latchkey.server.getServerInfo({})).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      openssl_version: expect.stringMatching(/^3\./),
      formats: {
        ciphertext_blob_version: 1,
        readable_ciphertext_blob_versions: [1],
        ciphertext_suite: 'XAES-256-GCM',
        store_version: 4,
      },
      limits: {
        max_plaintext_bytes: 1024 * 1024,
        max_message_bytes: 64 * 1024 * 1024,
        max_encryption_context_pairs: 64,
        max_encryption_context_bytes: 8192,
        max_random_bytes: 1024,
        max_aliases_per_key: 50,
        max_batch_items: 100_000,
      },
    });
  });
});
