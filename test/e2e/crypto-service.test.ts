import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/client/crc32c.ts';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const plaintext = Buffer.from('attack at dawn');
const encryption_context = { purpose: 'test', tenant: 'ünïcode' };

describe('Encrypt and Decrypt', () => {
  it('name the key, its backing key and the checksums of what they return', async () => {
    const key_id = await under.newKey();
    const { key_metadata } = await under.latchkey.keys.describeKey({ key_id });
    const encrypted = await under.latchkey.crypto.encrypt({ key_id, plaintext, encryption_context });
    expect(encrypted).toEqual({
      key_arn: `arn:aws:kms:us-east-1:000000000000:key/${key_id}`,
      key_material_id: key_metadata?.current_key_material_id,
      ciphertext_blob: expect.any(Buffer),
      ciphertext_blob_crc32c: crc32c(encrypted.ciphertext_blob),
    });
    expect(encrypted.ciphertext_blob).toHaveLength(plaintext.length + 74);
    expect(encrypted.ciphertext_blob.toString('hex', 0, 2)).toBe('0101');
    expect(encrypted.ciphertext_blob.toString('hex', 2, 34)).toBe(encrypted.key_material_id);

    expect(await under.latchkey.crypto.decrypt({ ciphertext_blob: encrypted.ciphertext_blob, encryption_context })).toEqual({
      key_arn: encrypted.key_arn,
      key_material_id: encrypted.key_material_id,
      plaintext,
      plaintext_crc32c: crc32c(plaintext),
    });
  });

  it('take a key by id, ARN, alias and alias ARN', async () => {
    const keyId = await under.newKey();
    await under.latchkey.keys.createAlias({ alias_name: 'alias/by-every-name', target_key_id: keyId });
    const prefix = 'arn:aws:kms:us-east-1:000000000000:';
    for (const key_id of [keyId, `${prefix}key/${keyId}`, 'alias/by-every-name', `${prefix}alias/by-every-name`]) {
      const { ciphertext_blob, key_arn } = await under.latchkey.crypto.encrypt({ key_id, plaintext });
      expect(key_arn).toBe(`${prefix}key/${keyId}`);
      expect((await under.latchkey.crypto.decrypt({ ciphertext_blob, key_id })).plaintext).toEqual(plaintext);
    }
  });

  it.each([1, 16, 4096, 1024 * 1024])('work for %i bytes', async (length) => {
    const key_id = await under.newKey();
    const bytes = Buffer.alloc(length, 'xyz');
    const { ciphertext_blob } = await under.latchkey.crypto.encrypt({ key_id, plaintext: bytes });
    expect((await under.latchkey.crypto.decrypt({ ciphertext_blob })).plaintext.equals(bytes)).toBe(true);
  });
});

describe('ReEncrypt', () => {
  it('moves a ciphertext to another key and context, and says from where to where', async () => {
    const [from, to] = [await under.newKey(), await under.newKey()];
    const source = await under.latchkey.crypto.encrypt({ key_id: from, plaintext, encryption_context });
    const moved = await under.latchkey.crypto.reEncrypt({
      ciphertext_blob: source.ciphertext_blob,
      source_encryption_context: encryption_context,
      destination_key_id: to,
      destination_encryption_context: { now: 'here' },
    });
    const opened = await under.latchkey.crypto.decrypt({
      ciphertext_blob: moved.ciphertext_blob,
      encryption_context: { now: 'here' },
    });
    expect(opened.plaintext).toEqual(plaintext);
    expect(moved).toEqual({
      source_key_arn: source.key_arn,
      key_arn: opened.key_arn,
      source_key_material_id: source.key_material_id,
      destination_key_material_id: opened.key_material_id,
      ciphertext_blob: moved.ciphertext_blob,
      ciphertext_blob_crc32c: crc32c(moved.ciphertext_blob),
    });
    expect(moved.key_arn).toContain(to);
  });

  it('moves a ciphertext of an earlier backing key to the current one', async () => {
    const key_id = await under.newKey();
    const old = await under.latchkey.crypto.encrypt({ key_id, plaintext });
    const { key_material_id } = await under.latchkey.keys.rotateKeyOnDemand({ key_id });
    const moved = await under.latchkey.crypto.reEncrypt({ ciphertext_blob: old.ciphertext_blob, destination_key_id: key_id });
    expect(moved).toMatchObject({ source_key_material_id: old.key_material_id, destination_key_material_id: key_material_id });
  });

  it('refuses a source that does not open, and one that is not of the key named', async () => {
    const [from, to] = [await under.newKey(), await under.newKey()];
    const { ciphertext_blob } = await under.latchkey.crypto.encrypt({ key_id: from, plaintext, encryption_context });
    const request = { ciphertext_blob, destination_key_id: to };
    expect((await refusalFacts(under.latchkey.crypto.reEncrypt(request))).reason).toBe('INVALID_CIPHERTEXT');
    expect((await refusalFacts(under.latchkey.crypto.reEncrypt({ ...request, source_key_id: to }))).reason).toBe('INCORRECT_KEY');
  });
});

describe('GenerateDataKey', () => {
  const lengths = [
    [{ key_spec: 'DATA_KEY_SPEC_AES_256' }, 32],
    [{ key_spec: 'DATA_KEY_SPEC_AES_128' }, 16],
    [{ number_of_bytes: 1 }, 1],
    [{ number_of_bytes: 1024 }, 1024],
  ] as const;
  it.each(lengths)('%o makes %i bytes, in plain and encrypted', async (length, bytes) => {
    const key_id = await under.newKey();
    const answer = await under.latchkey.crypto.generateDataKey({ key_id, encryption_context, ...length });
    expect(answer.plaintext).toHaveLength(bytes);
    expect(answer.plaintext_crc32c).toBe(crc32c(answer.plaintext));
    expect(answer.ciphertext_blob_crc32c).toBe(crc32c(answer.ciphertext_blob));
    const opened = await under.latchkey.crypto.decrypt({ ciphertext_blob: answer.ciphertext_blob, encryption_context });
    expect(opened).toMatchObject({ plaintext: answer.plaintext, key_arn: answer.key_arn, key_material_id: answer.key_material_id });

    const without = await under.latchkey.crypto.generateDataKeyWithoutPlaintext({ key_id, encryption_context, ...length });
    expect(Object.keys(without).toSorted()).toEqual(['ciphertext_blob', 'ciphertext_blob_crc32c', 'key_arn', 'key_material_id']);
    const hidden = await under.latchkey.crypto.decrypt({ ciphertext_blob: without.ciphertext_blob, encryption_context });
    expect(hidden.plaintext).toHaveLength(bytes);
    expect(hidden.plaintext.equals(answer.plaintext) && bytes > 8).toBe(false);
  });

  const wrong = [
    [{}, 'length'],
    [{ key_spec: 'DATA_KEY_SPEC_UNSPECIFIED' }, 'length'],
    [{ key_spec: 99 as never }, 'key_spec'],
    [{ number_of_bytes: 0 }, 'number_of_bytes'],
    [{ number_of_bytes: 1025 }, 'number_of_bytes'],
    [{ number_of_bytes: 0xffffffff }, 'number_of_bytes'],
  ] as const;
  it.each(wrong)('%o is refused', async (length, field) => {
    const key_id = await under.newKey();
    const expected = { reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: [field] };
    expect(await refusalFacts(under.latchkey.crypto.generateDataKey({ key_id, ...length }))).toEqual(expected);
    expect(await refusalFacts(under.latchkey.crypto.generateDataKeyWithoutPlaintext({ key_id, ...length }))).toEqual(expected);
  });
});

describe('GenerateRandom', () => {
  it.each([1, 32, 1024])('makes %i bytes', async (number_of_bytes) => {
    const { plaintext: random, plaintext_crc32c } = await under.latchkey.crypto.generateRandom({ number_of_bytes });
    expect(random).toHaveLength(number_of_bytes);
    expect(plaintext_crc32c).toBe(crc32c(random));
  });
  it('makes other bytes each time', async () => {
    const drawn = await Promise.all(
      Array.from({ length: 100 }, async () => under.latchkey.crypto.generateRandom({ number_of_bytes: 32 })),
    );
    expect(new Set(drawn.map(({ plaintext: random }) => random.toString('hex'))).size).toBe(100);
  });
  it.each([0, 1025])('refuses %i', async (number_of_bytes) => {
    const facts = await refusalFacts(under.latchkey.crypto.generateRandom({ number_of_bytes }));
    expect(facts).toEqual({ reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: ['number_of_bytes'] });
  });
});

describe('DescribeCiphertext', () => {
  it('names key and backing key and whether it is current, also of a disabled key and from the first 75 bytes', async () => {
    const key_id = await under.newKey();
    const { ciphertext_blob, key_arn, key_material_id } = await under.latchkey.crypto.encrypt({ key_id, plaintext });
    const described = { key_arn, key_material_id, current: true, format_version: 1 };
    expect(await under.latchkey.crypto.describeCiphertext({ ciphertext_blob })).toEqual(described);
    expect(await under.latchkey.crypto.describeCiphertext({ ciphertext_blob: ciphertext_blob.subarray(0, 75) })).toEqual(described);

    await under.latchkey.keys.rotateKeyOnDemand({ key_id });
    await under.latchkey.keys.disableKey({ key_id });
    expect(await under.latchkey.crypto.describeCiphertext({ ciphertext_blob })).toEqual({ ...described, current: false });
  });
  it('refuses what names no backing key of this service', async () => {
    const unknown = Buffer.alloc(75, 1);
    expect((await refusalFacts(under.latchkey.crypto.describeCiphertext({ ciphertext_blob: unknown }))).reason).toBe(
      'INVALID_CIPHERTEXT',
    );
  });
});
