import { afterEach, describe, expect, test } from 'vitest';
import { connect, dataKeyCache, decryptObject, encryptObject, reEncryptObjectHeader } from '../../src/client/connect.ts';
import type { Latchkey } from '../../src/client/connect.ts';
import { plainCrypto } from './plain-crypto.ts';

type Untyped = (...args: readonly unknown[]) => unknown;

const connections: Latchkey[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});

/** No server answers: what is refused here is refused before any call. */
function connected(): Latchkey {
  const latchkey = connect({ address: '127.0.0.1:1' });
  connections.push(latchkey);
  return latchkey;
}

/** As a caller without types sees it. */
function untyped(called: object): Untyped {
  return called as Untyped;
}

const context = { tenant: 'acme' };

describe('an option that there is not', () => {
  const crypto = plainCrypto();
  const cache = () => dataKeyCache(crypto, { maxAgeMs: 1000 });
  const cases: readonly (readonly [string, () => unknown])[] = [
    [
      'encryptMany: "encryption_context" is unknown; did you mean encryptionContext?',
      () => untyped(connected().encryptMany)([], { keyId: 'k', encryption_context: context }),
    ],
    [
      'decryptMany: "item-context-key" is unknown; did you mean itemContextKey?',
      () => untyped(connected().decryptMany)([], { 'item-context-key': 'row' }),
    ],
    [
      'reEncryptMany: "encryptionContext" is unknown; there are destinationKeyId, sourceKeyId, ',
      () => untyped(connected().reEncryptMany)([], { destinationKeyId: 'k', encryptionContext: context }),
    ],
    [
      'encryptObject: "context" is unknown; there are keyId, encryptionContext, grantTokens.',
      () => untyped(encryptObject)(crypto, { keyId: 'k', context }),
    ],
    ['decryptObject: "key_id" is unknown; did you mean keyId?', () => untyped(decryptObject)(crypto, { key_id: 'k' })],
    [
      'reEncryptObjectHeader: "destinationkeyid" is unknown; did you mean destinationKeyId?',
      () => untyped(reEncryptObjectHeader)(crypto, { destinationkeyid: 'k' }),
    ],
    ['dataKeyCache: "maxAge" is unknown; there are maxAgeMs, ', () => untyped(dataKeyCache)(crypto, { maxAge: 1 })],
    [
      'toEncrypt: "encryption_context" is unknown; did you mean encryptionContext?',
      async () => untyped(cache().toEncrypt)({ keyId: 'k', bytes: 1, encryption_context: context }),
    ],
    [
      'toDecrypt: "ciphertext_blob" is unknown; did you mean ciphertextBlob?',
      async () => untyped(cache().toDecrypt)({ ciphertext_blob: Buffer.alloc(1) }),
    ],
    ['connect: "url" is unknown; there are address, timeoutMs, token, tls.', () => untyped(connect)({ url: '127.0.0.1:50051' })],
    ['connect: give an object; it may have address, timeoutMs, token, tls.', () => untyped(connect)('127.0.0.1:50051')],
    ['encryptMany: give an object; it may have keyId, ', () => untyped(connected().encryptMany)([])],
    [
      'options of encrypt: "timeout" is unknown; there are timeoutMs, maxReplyBytes.',
      async () => untyped(connected().crypto.encrypt)({}, { timeout: 1 }),
    ],
  ];

  test.each(cases)('%s', async (message, call) => {
    await expect(async () => call()).rejects.toThrow(TypeError);
    await expect(async () => call()).rejects.toThrow(message);
  });
});

describe('a field that the request does not have', () => {
  test.each([
    [{ key_id: 'k', context, plaintext: Buffer.of(1) }, '"context" is unknown; there are key_id, plaintext, encryption_context, '],
    [{ keyId: 'k', plaintext: Buffer.of(1) }, '"keyId" is unknown; did you mean key_id?'],
    [{ key_id: 'k', encryptionContext: undefined }, '"encryptionContext" is unknown; did you mean encryption_context?'],
    ['k', 'give an object; it may have key_id, '],
  ])('%j', async (request, message) => {
    const call = async () => untyped(connected().crypto.encrypt)(request);
    await expect(call).rejects.toThrow(TypeError);
    await expect(call).rejects.toThrow(`encrypt: ${message}`);
  });

  test('where it has none', async () => {
    await expect(async () => untyped(connected().server.getServerInfo)({ verbose: true })).rejects.toThrow(
      'getServerInfo: "verbose" is unknown; there are none.',
    );
  });

  test('the names of oneofs, which answers have, are none', async () => {
    const request = { key_id: 'k', plaintext_crc32c: 7, _plaintext_crc32c: 'plaintext_crc32c' } as const;
    await expect(connected().crypto.encrypt(request)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

test.each<[string, () => unknown]>([
  ['encryptMany: keyId is missing', () => untyped(connected().encryptMany)([], {})],
  ['reEncryptMany: destinationKeyId is missing', () => untyped(connected().reEncryptMany)([], { sourceKeyId: 'k' })],
  ['encryptObject: keyId is missing', () => untyped(encryptObject)(plainCrypto(), { keyId: undefined })],
  ['reEncryptObjectHeader: destinationKeyId is missing', () => untyped(reEncryptObjectHeader)(plainCrypto(), {})],
  ['toEncrypt: keyId is missing', async () => untyped(dataKeyCache(plainCrypto(), { maxAgeMs: 1000 }).toEncrypt)({ bytes: 1 })],
])('%s', async (message, call) => {
  await expect(async () => call()).rejects.toThrow(TypeError);
  await expect(async () => call()).rejects.toThrow(message);
});
