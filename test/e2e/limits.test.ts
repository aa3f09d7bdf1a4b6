import { describe, expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { bytesField, mapEntry, message } from './protobuf-bytes.ts';
import { failure } from './raw-client.ts';
import { useServer } from './using-server.ts';

const limits = { LATCHKEY_MAX_PLAINTEXT_BYTES: '1000', LATCHKEY_MAX_MESSAGE_BYTES: String(128 * 1024) };
const under = useServer({ env: limits });
const usual = useServer();

it('tells the limits in force', async () => {
  const info = await under.latchkey.server.getServerInfo({});
  expect(info.limits).toMatchObject({ max_plaintext_bytes: 1000, max_message_bytes: 128 * 1024 });
});

it('encrypts the greatest plaintext, decrypts the greatest ciphertext, and neither one byte more', async () => {
  const { crypto } = under.latchkey;
  const key_id = await under.newKey();
  const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext: Buffer.alloc(1000, 1) });
  expect((await crypto.decrypt({ ciphertext_blob })).plaintext).toHaveLength(1000);
  const facts = (field: string) => ({ reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: [field] });
  expect(await refusalFacts(crypto.encrypt({ key_id, plaintext: Buffer.alloc(1001) }))).toEqual(facts('plaintext'));
  expect(await refusalFacts(crypto.encrypt({ key_id, plaintext: Buffer.alloc(0) }))).toEqual(facts('plaintext'));
  expect(await refusalFacts(crypto.decrypt({ ciphertext_blob: Buffer.alloc(1075, 1) }))).toEqual(facts('ciphertext_blob'));
  expect(await refusalFacts(crypto.decrypt({ ciphertext_blob: Buffer.alloc(0) }))).toEqual(facts('ciphertext_blob'));
});

describe('a message over the limit', () => {
  it.each(['CryptoService/Encrypt', 'KeyService/CreateKey'])('is LIMIT_EXCEEDED in %s, and the next call works', async (method) => {
    const refused = await failure(under.raw.call(method, bytesField(2, Buffer.alloc(128 * 1024))));
    expect(refused).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'LIMIT_EXCEEDED' });
    expect((await under.latchkey.server.getServerInfo({})).version).not.toBe('');
  });
});

it('a request of the KeyService over 128 KiB is refused before it comes', async () => {
  const refused = await failure(usual.raw.call('KeyService/CreateKey', bytesField(1, Buffer.alloc(128 * 1024))));
  expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST' });
});

describe('an encryption context over the limit', () => {
  const contexts: Record<string, Record<string, string>> = {
    '65 pairs': Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`${index}`, ''])),
    '8193 canonical bytes': { k: 'v'.repeat(8193 - 4 - 4 - 4 - 1) },
  };
  it.each(Object.entries(contexts))('%s', async (_, context) => {
    const { crypto } = under.latchkey;
    const key_id = await under.newKey();
    const plaintext = Buffer.from('x');
    const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext });
    const calls = [
      [crypto.encrypt({ key_id, plaintext, encryption_context: context }), 'encryption_context'],
      [crypto.decrypt({ ciphertext_blob, encryption_context: context }), 'encryption_context'],
      [crypto.generateDataKey({ key_id, number_of_bytes: 1, encryption_context: context }), 'encryption_context'],
      [
        crypto.reEncrypt({ ciphertext_blob, destination_key_id: key_id, source_encryption_context: context }),
        'source_encryption_context',
      ],
      [
        crypto.reEncrypt({ ciphertext_blob, destination_key_id: key_id, destination_encryption_context: context }),
        'destination_encryption_context',
      ],
    ] as const;
    const refused = await Promise.all(calls.map(async ([call, field]) => ({ field, facts: await refusalFacts(call) })));
    for (const { field, facts } of refused) {
      expect(facts).toEqual({ reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: [field] });
    }
  });

  it('of ten thousand pairs costs next to nothing', async () => {
    const key_id = await under.newKey();
    const pairs = Array.from({ length: 10_000 }, (_, index) => mapEntry(3, index.toString(36), ''));
    const request = message(bytesField(1, key_id), bytesField(2, 'x'), ...pairs);
    const started = performance.now();
    expect(await failure(under.raw.call('CryptoService/Encrypt', request))).toMatchObject({
      reason: 'INVALID_REQUEST',
      fields: ['encryption_context'],
    });
    expect(performance.now() - started).toBeLessThan(500);
  });
});

it('takes map keys that are special in JavaScript for what they are', async () => {
  const key_id = await under.newKey();
  const entries = ['__proto__', 'constructor', 'prototype', 'toString', ''].map((name) => mapEntry(3, name, 'polluted'));
  const answer = await under.raw.call('CryptoService/Encrypt', message(bytesField(1, key_id), bytesField(2, 'x'), ...entries));
  expect(answer.ok).toBe(true);
  expect((await under.latchkey.keys.describeKey({ key_id })).key_metadata?.description).toBe('');
});

it('refuses the same special name twice', async () => {
  const key_id = await under.newKey();
  const twice = message(bytesField(1, key_id), bytesField(2, 'x'), mapEntry(3, '__proto__', 'a'), mapEntry(3, '__proto__', 'b'));
  expect(await failure(under.raw.call('CryptoService/Encrypt', twice))).toMatchObject({
    reason: 'INVALID_REQUEST',
    fields: ['encryption_context'],
  });
});
