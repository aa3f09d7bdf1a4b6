import { beforeAll, describe, expect, it } from 'vitest';
import { errorOf, openExchange } from './exchange-client.ts';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const plaintext = Buffer.from('plaintext');
const encryption_context = { tenant: 'acme' };
const wrong = { tenant: 'other' };
const succeeds = { reason: 'DRY_RUN', code: 'FAILED_PRECONDITION', fields: [] };

/** `own` made `ciphertext`, `disabled` made `ofDisabled`. */
let own: string;
let disabled: string;
let ciphertext: Buffer;
let ofDisabled: Buffer;

beforeAll(async () => {
  [own, disabled] = [await under.newKey(), await under.newKey()];
  [ciphertext, ofDisabled] = [await encrypted(own), await encrypted(disabled)];
  await under.latchkey.keys.disableKey({ key_id: disabled });
});

async function encrypted(key_id: string): Promise<Buffer> {
  return (await under.latchkey.crypto.encrypt({ key_id, plaintext, encryption_context })).ciphertext_blob;
}

/** A request of each call that has `dry_run`, with which the call would succeed. */
const requests = {
  encrypt: () => ({ key_id: own, plaintext, encryption_context }),
  decrypt: () => ({ ciphertext_blob: ciphertext, encryption_context }),
  reEncrypt: () => ({ ciphertext_blob: ciphertext, source_encryption_context: encryption_context, destination_key_id: own }),
  generateDataKey: () => ({ key_id: own, key_spec: 'DATA_KEY_SPEC_AES_256' as const }),
  generateDataKeyWithoutPlaintext: () => ({ key_id: own, number_of_bytes: 1024 }),
};
type Method = keyof typeof requests;
const methods = Object.keys(requests) as Method[];

async function dryRun(method: Method, fields: object): Promise<unknown> {
  const call = under.latchkey.crypto[method] as (request: object) => Promise<unknown>;
  return refusalFacts(call({ ...requests[method](), dry_run: true, ...fields }));
}

describe('a dry run', () => {
  it.each(methods)('of %s that would succeed says so, and nothing else', async (method) => {
    expect(await dryRun(method, {})).toEqual(succeeds);
  });

  it.each([
    ['encrypt', 'KEY_DISABLED', () => ({ key_id: disabled })],
    ['encrypt', 'INVALID_REQUEST', () => ({ plaintext: Buffer.alloc(0) })],
    ['encrypt', 'CHECKSUM_MISMATCH', () => ({ plaintext_crc32c: 1 })],
    ['decrypt', 'INVALID_CIPHERTEXT', () => ({ encryption_context: wrong })],
    ['decrypt', 'KEY_DISABLED', () => ({ ciphertext_blob: ofDisabled })],
    ['decrypt', 'INCORRECT_KEY', () => ({ key_id: disabled })],
    ['reEncrypt', 'INVALID_CIPHERTEXT', () => ({ source_encryption_context: wrong })],
    ['reEncrypt', 'KEY_DISABLED', () => ({ destination_key_id: disabled })],
    ['generateDataKey', 'KEY_NOT_FOUND', () => ({ key_id: '00000000-0000-4000-8000-000000000000' })],
    ['generateDataKeyWithoutPlaintext', 'ALIAS_NOT_FOUND', () => ({ key_id: 'alias/absent' })],
  ] as const)('of %s that would fail with %s fails so', async (method, reason, fields) => {
    expect(await dryRun(method, fields())).toMatchObject({ reason });
  });

  it('counts as the use of a key that it would be', async () => {
    const key_id = await under.newKey();
    const usesOf = async () => (await under.latchkey.keys.describeKey({ key_id })).uses;
    const ciphertext_blob = await encrypted(key_id);
    expect(await usesOf()).toMatchObject({ encryptions: '1', decryptions: '0', plaintext_bytes: '9' });
    expect(await dryRun('encrypt', { key_id })).toEqual(succeeds);
    expect(await dryRun('decrypt', { ciphertext_blob })).toEqual(succeeds);
    expect(await dryRun('decrypt', { ciphertext_blob, encryption_context: wrong })).toMatchObject({ reason: 'INVALID_CIPHERTEXT' });
    expect(await usesOf()).toMatchObject({ encryptions: '2', decryptions: '1', plaintext_bytes: '27' });
  });

  it('is one on the stream of Exchange too', async () => {
    const stream = openExchange(under.server);
    stream.send({ id: 1, decrypt: { ...requests.decrypt(), dry_run: true } });
    stream.send({ id: 2, generate_data_key: { ...requests.generateDataKey(), dry_run: true } });
    stream.send({ id: 3, decrypt: { ...requests.decrypt(), dry_run: true, encryption_context: wrong } });
    expect(errorOf(await stream.answer(1))).toMatchObject({ reason: 'DRY_RUN' });
    expect(errorOf(await stream.answer(2))).toMatchObject({ reason: 'DRY_RUN' });
    expect(errorOf(await stream.answer(3))).toMatchObject({ reason: 'INVALID_CIPHERTEXT' });
    stream.close();
  });
});

describe('grant tokens', () => {
  const malformed = { reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: ['grant_tokens'] };
  let token: string;
  beforeAll(async () => {
    const { arn } = await under.latchkey.access.getCallerIdentity({});
    const operations = ['GRANT_OPERATION_ENCRYPT' as const];
    token = (await under.latchkey.keys.createGrant({ key_id: own, grantee_principal: arn, operations })).grant_token;
  });

  it.each(methods)('of %s that are not of the service are refused, and change nothing otherwise', async (method) => {
    expect(await dryRun(method, { grant_tokens: ['token'] })).toEqual(malformed);
    expect(await dryRun(method, { grant_tokens: [token, `${token}x`] })).toEqual(malformed);
    expect(await dryRun(method, { grant_tokens: [token] })).toEqual(succeeds);
    expect(await dryRun(method, { grant_tokens: [] })).toEqual(succeeds);
  });

  it('of batches are refused too', async () => {
    const { crypto } = under.latchkey;
    const batches = (grant_tokens: string[]) => {
      const blobs = { ciphertext_blobs: [ciphertext], grant_tokens };
      return [
        () => crypto.batchEncrypt({ key_id: own, plaintexts: [plaintext], grant_tokens }),
        () => crypto.batchDecrypt({ ...blobs, encryption_context }),
        () => crypto.batchReEncrypt({ ...blobs, source_encryption_context: encryption_context, destination_key_id: own }),
        () => crypto.batchGenerateDataKey({ key_id: own, number_of_bytes: 16, count: 1, grant_tokens }),
      ];
    };
    for (const call of batches(['token'])) expect(await refusalFacts(call())).toEqual(malformed);
    for (const call of batches([token])) await expect(call()).resolves.toBeDefined();
  });
});
