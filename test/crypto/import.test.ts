import { spawnSync } from 'node:child_process';
import { type KeyObject, constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { type NativeKeyTable, importWrappingAlgorithms, loadNativeAddon, nativeCode } from '../../src/crypto/native.ts';
import { internals } from '../native/internals.ts';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-import-'));
afterAll(() => rmSync(directory, { recursive: true }));

const keyId = randomBytes(16);
const expiresAt = Date.UTC(2030, 0, 1);
const keySpec = 'SYMMETRIC_DEFAULT';

/** A table with a root key, a domain key and an import key. */
function openTable() {
  const table = new (loadNativeAddon().KeyTable)({ capacity: 4, maxPlaintextBytes: 4096 });
  table.createRootKeyFile(join(directory, 'keys'), 'root.key');
  table.openRootKeyFile(join(directory, 'keys'), 'root.key');
  const domain = table.createDomainKey();
  const importKey = table.createImportKey(domain.id);
  return { table, domain, importKey };
}

type Opened = ReturnType<typeof openTable>;

function createToken({ table, importKey }: Opened, algorithm: number, wrappingKeyBits: 2048 | 3072 | 4096 = 2048) {
  return table.createImportToken({ importKeyId: importKey.id, keyId, wrappingAlgorithm: algorithm, wrappingKeyBits, expiresAt });
}

/** Wraps as a caller of AWS KMS would, with Node's own OpenSSL. */
function wrap(publicKey: Buffer, algorithm: number, material: Buffer): Buffer {
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  const name = importWrappingAlgorithms[algorithm - 1]!;
  const oaepHash = name.endsWith('SHA_256') ? 'sha256' : 'sha1';
  if (name.startsWith('RSAES_OAEP')) return oaep(key, oaepHash, material);
  const aesKey = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([oaep(key, oaepHash, aesKey), cipher.update(material), cipher.final()]);
}

function oaep(key: KeyObject, oaepHash: string, bytes: Buffer): Buffer {
  return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes);
}

function unwrap({ table, domain }: Opened, token: Buffer, wrapped: Buffer) {
  return table.unwrapImport({ token, keyId, wrapped, domainKeyId: domain.id, keySpec });
}

async function codeOf(outcome: Promise<unknown>): Promise<string | undefined> {
  return outcome.then(
    () => 'OK',
    (error: unknown) => nativeCode(error),
  );
}

function codeOfCall(call: () => unknown): string | undefined {
  try {
    call();
    return 'OK';
  } catch (error) {
    return nativeCode(error);
  }
}

const opened = openTable();
const algorithms = importWrappingAlgorithms.map((name, index) => ({ name, algorithm: index + 1 }));

describe.each(algorithms)('import with $name', ({ algorithm }) => {
  it('imports the bytes that were wrapped', async () => {
    const { tokenId, token, publicKey } = await createToken(opened, algorithm);
    expect(opened.table.openImportToken(token, keyId)).toEqual({
      tokenId,
      wrappingAlgorithm: algorithm,
      wrappingKeyBits: 2048,
      expiresAt,
    });
    const material = randomBytes(32);
    const { id, stored } = await unwrap(opened, token, wrap(publicKey, algorithm, material));
    expect(id).toEqual(internals.materialIdentity(material, keyId, keySpec).id);
    expect(stored).toHaveLength(89);
    const handles = new Float64Array(2);
    opened.table.loadMaterial(stored, keyId, id, keySpec, handles);
    expect(handles[0]).toBeGreaterThan(0);
  });

  it('refuses everything else with one status', async () => {
    const { token, publicKey } = await createToken(opened, algorithm);
    const wrapped = wrap(publicKey, algorithm, randomBytes(32));
    const flipped = (at: number) => wrapped.map((byte, index) => (index === at ? byte ^ 1 : byte)) as Buffer;
    const others = algorithms.filter((other) => other.algorithm !== algorithm);
    const attempts = [
      flipped(100),
      flipped(wrapped.length - 1),
      wrapped.subarray(1),
      wrapped.subarray(0, 100),
      Buffer.alloc(0),
      Buffer.concat([wrapped, Buffer.alloc(8)]),
      Buffer.alloc(wrapped.length, 0xff),
      ...[1, 16, 31, 33, 64].map((length) => wrap(publicKey, algorithm, randomBytes(length))),
      ...others.map((other) => wrap(publicKey, other.algorithm, randomBytes(32))),
      wrap((await createToken(opened, algorithm)).publicKey, algorithm, randomBytes(32)),
    ];
    for (const attempt of attempts) expect(await codeOf(unwrap(opened, token, attempt))).toBe('IMPORT_UNWRAP_FAILED');
    expect(await codeOf(unwrap(opened, token, wrapped))).toBe('OK');
  });
});

it.each([3072, 4096] as const)('makes key pairs of %i bits', async (bits) => {
  const { token, publicKey } = await createToken(opened, 3, bits);
  const details = createPublicKey({ key: publicKey, format: 'der', type: 'spki' }).asymmetricKeyDetails;
  expect(details).toEqual({ modulusLength: bits, publicExponent: 65537n });
  expect(token.length).toBeLessThan(4096);
  expect(await codeOf(unwrap(opened, token, wrap(publicKey, 3, randomBytes(32))))).toBe('OK');
});

describe('an import token', () => {
  it('is of one key, and of an import key that is held', async () => {
    const { token } = await createToken(opened, 1);
    expect(codeOfCall(() => opened.table.openImportToken(token, randomBytes(16)))).toBe('IMPORT_TOKEN_REFUSED');
    expect(codeOfCall(() => openTable().table.openImportToken(token, keyId))).toBe('IMPORT_TOKEN_REFUSED');
    expect(codeOfCall(() => opened.table.openImportToken(token.subarray(0, 60), keyId))).toBe('IMPORT_TOKEN_REFUSED');
    expect(codeOfCall(() => opened.table.openImportToken(Buffer.alloc(1_000_000, 1), keyId))).toBe('IMPORT_TOKEN_REFUSED');
    expect(await codeOf(unwrap(opened, Buffer.alloc(0), Buffer.alloc(256)))).toBe('IMPORT_TOKEN_REFUSED');
  });

  it('opens again where its import key is loaded, and not once that is evicted', async () => {
    const { token } = await createToken(opened, 1);
    const { table } = openTable();
    table.loadDomainKey(opened.domain.stored);
    expect(table.loadImportKey(opened.importKey.stored)).toEqual(opened.importKey.id);
    expect(table.loadImportKey(opened.importKey.stored)).toEqual(opened.importKey.id);
    expect(table.openImportToken(token, keyId).expiresAt).toBe(expiresAt);
    expect([table.evictImportKey(opened.importKey.id), table.evictImportKey(opened.importKey.id)]).toEqual([true, false]);
    expect(codeOfCall(() => table.openImportToken(token, keyId))).toBe('IMPORT_TOKEN_REFUSED');
  });
});

describe('an import key', () => {
  it('is stored as its domain key’s, and refused when altered', () => {
    const { stored, id } = opened.importKey;
    expect(stored).toHaveLength(105);
    expect(stored.subarray(1, 17)).toEqual(opened.domain.id);
    expect(stored.subarray(17, 33)).toEqual(id);
    const altered = stored.map((byte, index) => (index === 60 ? byte ^ 1 : byte));
    expect(codeOfCall(() => opened.table.loadImportKey(altered))).toBe('STORED_KEY_REFUSED');
    expect(codeOfCall(() => opened.table.loadImportKey(opened.domain.stored))).toBe('NO_SUCH_DOMAIN_KEY');
    expect(codeOfCall(() => opened.table.createImportKey(randomBytes(16)))).toBe('NO_SUCH_DOMAIN_KEY');
  });

  it('is one of at most 8', () => {
    const { table, domain } = openTable();
    for (let held = 1; held < 8; held++) table.createImportKey(domain.id);
    expect(codeOfCall(() => table.createImportKey(domain.id))).toBe('OUT_OF_MEMORY');
  });
});

describe('the import thread', () => {
  it('lets 16 key pairs wait, unwraps before them, and rejects them when the table closes', async () => {
    const busy = openTable();
    const { token, publicKey } = await createToken(busy, 1);
    const wrapped = wrap(publicKey, 1, randomBytes(32));
    const tokens = Array.from({ length: 30 }, async () => codeOf(createToken(busy, 1, 4096)));
    const unwrapped = codeOf(unwrap(busy, token, wrapped));
    expect(await unwrapped).toBe('OK');
    busy.table.close();
    const codes = await Promise.all(tokens);
    expect(codes.filter((code) => code === 'IMPORT_BUSY').length).toBeGreaterThanOrEqual(13);
    expect(codes.filter((code) => code === 'IMPORT_TOKEN_REFUSED').length).toBeGreaterThanOrEqual(14);
    expect(await codeOf(createToken(busy, 1))).toBe('IMPORT_TOKEN_REFUSED');
    expect(await codeOf(unwrap(busy, token, wrapped))).toBe('NO_SUCH_DOMAIN_KEY');
  });

  it('ends with the environment that it works for', async () => {
    const worker = new Worker(new URL('./import-worker.ts', import.meta.url), { workerData: join(directory, 'worker') });
    expect(await once(worker, 'message')).toEqual(['started']);
    expect(await worker.terminate()).toBe(1);
  });

  it('does not keep a process from ending', () => {
    const script = fileURLToPath(new URL('./import-worker.ts', import.meta.url));
    const { status, signal, stderr } = spawnSync(process.execPath, [script, join(directory, 'process')], { encoding: 'utf8' });
    expect({ status, signal, stderr }).toEqual({ status: 7, signal: null, stderr: '' });
  });
});

it('refuses orders that make no sense', async () => {
  const { table, importKey } = opened;
  const order = { importKeyId: importKey.id, keyId, wrappingAlgorithm: 1, wrappingKeyBits: 2048, expiresAt } as const;
  const changes = [
    { importKeyId: Buffer.alloc(15) },
    { keyId: Buffer.alloc(0) },
    { wrappingAlgorithm: 0 },
    { wrappingAlgorithm: 5 },
    { wrappingKeyBits: 1024 as 2048 },
    { expiresAt: -1 },
    { expiresAt: 1.5 },
  ];
  for (const change of changes) {
    expect(await codeOf(table.createImportToken({ ...order, ...change }))).toBe('INVALID_ARGUMENT');
  }
  expect(await codeOf(table.createImportToken(undefined as unknown as typeof order))).toBe('INVALID_ARGUMENT');
});

describe('material that JavaScript gives', () => {
  const wrapMaterial = (table: NativeKeyTable, material: Buffer) =>
    table.dangerouslyWrapMaterial(opened.domain.id, keyId, keySpec, material);

  it('is wrapped as what the service makes', () => {
    const material = randomBytes(32);
    const { id, stored } = wrapMaterial(opened.table, material);
    expect(id).toEqual(internals.materialIdentity(material, keyId, keySpec).id);
    opened.table.loadMaterial(stored, keyId, id, keySpec, new Float64Array(2));
  });

  it('has 32 bytes', () => {
    expect(codeOfCall(() => wrapMaterial(opened.table, randomBytes(31)))).toBe('INVALID_ARGUMENT');
    expect(codeOfCall(() => wrapMaterial(openTable().table, randomBytes(32)))).toBe('NO_SUCH_DOMAIN_KEY');
  });
});
