import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CryptoCaller } from '../../src/client/crypto-caller.ts';
import { decryptObject } from '../../src/client/decrypt-object.ts';
import { parsePageToken } from '../../src/control-plane/page-token.ts';
import { type NativeKeyTable, importWrappingAlgorithms, loadNativeAddon, operations } from '../../src/crypto/native.ts';
import { parseGrantToken } from '../../src/keyring/grant-token.ts';
import { RequestView, requestViewLength } from '../../src/crypto/native-views.ts';
import { documentedValues } from './formats-document.ts';
import { type Inputs, workedExample } from './formats-oracle.ts';

const { given, follows } = documentedValues();

it('follows from the values that are given, each and every one', () => {
  const hex = (values: ReadonlyMap<string, Buffer>) =>
    Object.fromEntries([...values].map(([name, bytes]) => [name, bytes.toString('hex')]));
  expect(hex(follows)).toEqual(hex(workedExample(given)));
});

describe('the service', () => {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-formats-'));
  let table: NativeKeyTable;
  beforeAll(() => {
    table = new (loadNativeAddon().KeyTable)({ capacity: 1, maxPlaintextBytes: 1024 });
    writeFileSync(join(directory, 'root.key'), value('root key file'), { mode: 0o600 });
  });
  afterAll(() => {
    table.close();
    rmSync(directory, { recursive: true });
  });

  it('takes the root key file, the stored keys, all three tokens and the record, and opens the ciphertext', () => {
    expect(table.openRootKeyFile(directory, 'root.key')).toEqual(value('root key id'));
    expect(table.loadDomainKey(value('stored domain key'))).toEqual(value('domain key id'));

    const handles = new Float64Array(2);
    table.loadMaterial(value('stored key material'), given.keyId, value('key material id'), given.keySpec, handles);
    expect(decrypted(table, handles[0] ?? 0)).toContain(given.plaintext.toString('latin1'));

    expect(table.loadImportKey(value('stored import key'))).toEqual(value('import key id'));
    const [tokenId = Buffer.alloc(0)] = given.tokenFields;
    expect(table.openImportToken(value('import token'), given.keyId)).toEqual({
      tokenId,
      wrappingAlgorithm: importWrappingAlgorithms.indexOf('RSA_AES_KEY_WRAP_SHA_256') + 1,
      wrappingKeyBits: 4096,
      expiresAt: Date.UTC(2026, 0, 2),
    });

    const domainKeyId = value('domain key id');
    expect(table.rowMac(domainKeyId, 'alias', given.aliasName, given.aliasRecord)).toEqual(value('record mac'));
    const list = { call: given.pageCall, filters: given.pageFilters };
    expect(parsePageToken(list, value('page token').toString(), { table })).toBe(given.pageCursor);
    const grant = parseGrantToken(value('grant token').toString(), table);
    expect(grant?.keyId.replaceAll('-', '')).toBe(given.keyId.toString('hex'));
    expect(grant?.grantId).toBe(given.grantId.toString('hex'));
  });
});

it('the client library opens the object with its data key', async () => {
  const crypto: CryptoCaller<'decrypt'>['crypto'] = {
    decrypt: async ({ ciphertext_blob }) => {
      expect(value('object').includes(Buffer.from(ciphertext_blob ?? []))).toBe(true);
      return { plaintext: Buffer.from(given.dataKey), plaintext_crc32c: 0, key_arn: '', key_material_id: '' };
    },
  };
  expect(await buffer(decryptObject({ crypto }).end(value('object')))).toEqual(given.plaintext);
});

/** The bytes of a DecryptResponse, as text. */
function decrypted(table: NativeKeyTable, handle: number): string {
  const request = decryptRequest(value('ciphertext blob'), given.context);
  const view = new Float64Array(requestViewLength);
  expect(table.parse(operations.indexOf('Decrypt'), request, view)).toBe(0);
  const arn = Buffer.from('arn');
  const out = Buffer.alloc((view[RequestView.responseBytes] ?? 0) + arn.length);
  const length = table.decrypt(request, handle, arn, out);
  expect(length).toBeGreaterThan(0);
  return out.toString('latin1', 0, length);
}

/** Fields 1 (ciphertext_blob) and 2 (encryption_context) of proto/latchkey/v1/crypto.proto; all lengths are below 128. */
function decryptRequest(blob: Buffer, context: Inputs['context']): Buffer {
  const field = (number: number, bytes: Buffer) => Buffer.concat([Buffer.of(number * 8 + 2, bytes.length), bytes]);
  const pairs = Object.entries(context).map(([key, text]) =>
    Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(text))]),
  );
  return Buffer.concat([field(1, blob), ...pairs.map((pair) => field(2, pair))]);
}

function value(name: string): Buffer {
  const bytes = follows.get(name);
  if (bytes === undefined) throw new Error(`The worked example has no ${name}.`);
  return bytes;
}
