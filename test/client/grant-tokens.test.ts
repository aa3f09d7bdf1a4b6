import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import {
  connect,
  dataKeyCache,
  decryptObject,
  encryptObject,
  type Latchkey,
  reEncryptObjectHeader,
} from '../../src/client/connect.ts';
import type { ExchangeRequest__Output } from '../../src/generated/latchkey/v1/ExchangeRequest.ts';
import { answerOf } from './fake-batches.ts';
import { plainCrypto } from './plain-crypto.ts';
import { serve } from './serve.ts';

const grantTokens = ['one', 'two'];

test('go with each batch of many items, and not where there are none', async () => {
  const seen: unknown[] = [];
  const server = await serve({
    Exchange: (request) => (seen.push(tokensIn(request)), answerOf(request, [{ name: 'k', version: 1 }])),
  });
  const latchkey = connect({ address: server.address });
  try {
    for (const tokens of [{ grantTokens }, {}]) {
      const rows = Array.from({ length: 5000 }, () => randomBytes(10));
      const sealed = await payloads(latchkey.encryptMany(rows, { keyId: 'k', ...tokens }));
      const moved = await payloads(latchkey.reEncryptMany(sealed, { destinationKeyId: 'k', ...tokens }));
      expect(await payloads(latchkey.decryptMany(moved, tokens))).toEqual(rows);
    }
  } finally {
    latchkey.close();
    server.stop();
  }
  expect(seen.map((tokens) => JSON.stringify(tokens))).toEqual([...Array(6).fill('["one","two"]'), ...Array(6).fill('[]')]);
});

test('go with the one call of an object', async () => {
  const { latchkey, seen } = recording();
  const object = await through(encryptObject(latchkey, { keyId: 'k', grantTokens }), Buffer.from('plain'));
  const moved = await through(reEncryptObjectHeader(latchkey, { destinationKeyId: 'k', grantTokens }), object);
  expect((await through(decryptObject(latchkey, { grantTokens }), moved)).toString()).toBe('plain');
  expect(seen).toEqual([grantTokens, grantTokens, grantTokens]);
  await through(decryptObject(latchkey), moved);
  expect(seen.at(-1)).toEqual([]);
});

test('go with the calls of a cache of data keys, and make no other data key', async () => {
  const { latchkey, seen } = recording();
  const keys = dataKeyCache(latchkey, { maxAgeMs: 60_000 });
  const first = await keys.toEncrypt({ keyId: 'k', bytes: 1, grantTokens });
  expect(await keys.toEncrypt({ keyId: 'k', bytes: 1 })).toBe(first);
  await keys.toDecrypt({ ...first, grantTokens });
  expect(seen).toEqual([grantTokens, grantTokens]);
  keys.clear();
});

function tokensIn(request: ExchangeRequest__Output): readonly string[] | undefined {
  return (request.batch_encrypt ?? request.batch_decrypt ?? request.batch_re_encrypt)?.grant_tokens;
}

/** Calls that write down the tokens they come with. */
function recording() {
  const seen: unknown[] = [];
  const { crypto } = plainCrypto();
  const noting = <Request extends { readonly grant_tokens?: readonly string[] }, Response>(
    call: (request: Request) => Response,
  ) => {
    return (request: Request): Response => {
      seen.push(request.grant_tokens);
      return call(request);
    };
  };
  const calls: Pick<Latchkey['crypto'], 'generateDataKey' | 'decrypt' | 'reEncrypt'> = {
    generateDataKey: noting(crypto.generateDataKey),
    decrypt: noting(crypto.decrypt),
    reEncrypt: noting(crypto.reEncrypt),
  };
  return { latchkey: { crypto: calls }, seen };
}

async function payloads(
  results: AsyncIterable<{ readonly ciphertext?: Buffer | undefined } | { readonly plaintext?: Buffer | undefined }>,
): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const result of results) {
    const payload = 'ciphertext' in result ? result.ciphertext : 'plaintext' in result ? result.plaintext : undefined;
    if (payload === undefined) throw new Error('An item failed.');
    all.push(payload);
  }
  return all;
}

async function through(stream: Duplex, bytes: Uint8Array): Promise<Buffer> {
  stream.end(bytes);
  return buffer(stream);
}
