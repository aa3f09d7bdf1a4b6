import { createCipheriv, createHmac, hkdfSync } from 'node:crypto';

/**
 * docs/FORMATS.md once more, over node:crypto and without a line of the service: what its worked example is held against.
 * Slow, not constant in time, and takes nonces from its caller: for tests only.
 */
export interface Inputs {
  readonly rootKey: Buffer;
  readonly domainKey: Buffer;
  readonly domainKeyNonce: Buffer;
  readonly keyId: Buffer;
  readonly keySpec: string;
  readonly material: Buffer;
  readonly materialNonce: Buffer;
  readonly importKey: Buffer;
  readonly importKeyNonce: Buffer;
  /** What an import token holds, in order: its id, wrapping algorithm, bits of the RSA key, end, private key. */
  readonly tokenFields: readonly Buffer[];
  readonly tokenNonce: Buffer;
  readonly plaintext: Buffer;
  readonly context: Readonly<Record<string, string>>;
  readonly blobNonce: Buffer;
  readonly dataKey: Buffer;
  readonly dataKeyNonce: Buffer;
  readonly objectSalt: Buffer;
  readonly aliasName: string;
  readonly aliasRecord: Buffer;
  readonly grantId: Buffer;
  readonly pageCall: string;
  readonly pageFilters: string;
  readonly pageCursor: string;
}

/** Everything that the inputs lead to, by the names that the worked example has for it. */
export function workedExample(inputs: Inputs): ReadonlyMap<string, Buffer> {
  const root = rootKeySteps(inputs);
  const domain = domainKeySteps(inputs, root);
  const material = materialSteps(inputs, domain);
  const imports = importSteps(inputs, domain);
  const blob = blobSteps(inputs, material);
  const object = objectSteps(inputs, material);
  const sealed = macSteps(inputs, domain);
  return new Map(Object.entries({ ...root, ...domain, ...material, ...imports, ...blob, ...object, ...sealed }));
}

function rootKeySteps({ rootKey }: Inputs) {
  const rootKeyId = purpose(rootKey, 'id').subarray(0, 16);
  return {
    'root key id': rootKeyId,
    'root key file': Buffer.concat([Buffer.from('LKRK'), Buffer.of(1), rootKeyId, rootKey]),
    'root wrap key': purpose(rootKey, 'wrap'),
  };
}

function domainKeySteps({ domainKey, domainKeyNonce }: Inputs, root: ReturnType<typeof rootKeySteps>) {
  const domainKeyId = purpose(domainKey, 'id').subarray(0, 16);
  const associated = Buffer.concat([Buffer.from('latchkey domain key v1\0'), root['root key id'], domainKeyId]);
  const wrapped = xaesSeal(root['root wrap key'], domainKeyNonce, associated, domainKey);
  return {
    'domain key id': domainKeyId,
    'stored domain key': Buffer.concat([Buffer.of(1), root['root key id'], domainKeyId, domainKeyNonce, wrapped]),
    'domain wrap key': purpose(domainKey, 'wrap'),
    'row key': purpose(domainKey, 'row'),
    'page key': purpose(domainKey, 'page'),
  };
}

function materialSteps(inputs: Inputs, domain: ReturnType<typeof domainKeySteps>) {
  const { material, materialNonce, keyId, keySpec } = inputs;
  const info = Buffer.concat([Buffer.from(keySpec), Buffer.of(0), keyId]);
  const derived = Buffer.from(hkdfSync('sha256', material, 'latchkey key material v1', info, 64));
  const keyMaterialId = derived.subarray(0, 32);
  const associated = Buffer.concat([Buffer.from('latchkey stored key v1\0'), keyId, keyMaterialId, Buffer.from(keySpec)]);
  const wrapped = xaesSeal(domain['domain wrap key'], materialNonce, associated, material);
  return {
    'key material id': keyMaterialId,
    'input key': derived.subarray(32),
    'stored key material': Buffer.concat([Buffer.of(1), domain['domain key id'], materialNonce, wrapped]),
  };
}

function importSteps(inputs: Inputs, domain: ReturnType<typeof domainKeySteps>) {
  const { importKey, importKeyNonce, tokenFields, tokenNonce, keyId } = inputs;
  const importKeyId = purpose(importKey, 'id').subarray(0, 16);
  const importWrapKey = purpose(importKey, 'wrap');
  const associated = Buffer.concat([Buffer.from('latchkey import key v1\0'), domain['domain key id'], importKeyId]);
  const wrapped = xaesSeal(domain['domain wrap key'], importKeyNonce, associated, importKey);
  const bound = Buffer.concat([Buffer.from('latchkey import token v1\0'), keyId]);
  const sealed = xaesSeal(importWrapKey, tokenNonce, bound, Buffer.concat(tokenFields));
  return {
    'import key id': importKeyId,
    'stored import key': Buffer.concat([Buffer.of(1), domain['domain key id'], importKeyId, importKeyNonce, wrapped]),
    'import wrap key': importWrapKey,
    'import token': Buffer.concat([Buffer.of(1), importKeyId, tokenNonce, sealed]),
  };
}

function blobSteps({ plaintext, context, blobNonce }: Inputs, material: ReturnType<typeof materialSteps>) {
  return { 'canonical context': canonical(context), 'ciphertext blob': blobOf(plaintext, blobNonce, context, material) };
}

function blobOf(plaintext: Buffer, nonce: Buffer, context: Inputs['context'], material: ReturnType<typeof materialSteps>): Buffer {
  const header = Buffer.concat([Buffer.of(1, 1), material['key material id']]);
  const sealed = xaesSeal(material['input key'], nonce, Buffer.concat([header, canonical(context)]), plaintext);
  return Buffer.concat([header, nonce, sealed]);
}

/** The plaintext is shorter than a chunk, so that there is one, number 0. */
function objectSteps(inputs: Inputs, material: ReturnType<typeof materialSteps>) {
  const { plaintext, context, dataKey, dataKeyNonce, objectSalt } = inputs;
  const start = Buffer.from('LKOB\x01');
  const info = Buffer.concat([Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'), objectSalt, start]);
  const first = createHmac('sha512', dataKey).update(info).update(Buffer.of(1)).digest();
  const second = createHmac('sha512', dataKey).update(first).update(info).update(Buffer.of(2)).digest();
  const derived = Buffer.concat([first, second]);
  const key = derived.subarray(0, 32);
  const baseNonce = derived.subarray(32, 44);
  const commitment = derived.subarray(44, 76);
  const cipher = createCipheriv('aes-256-gcm', key, baseNonce);
  const chunk = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  const blob = blobOf(dataKey, dataKeyNonce, context, material);
  return {
    'key of the object': key,
    'base nonce': baseNonce,
    commitment,
    object: Buffer.concat([start, u32(blob.length), blob, objectSalt, commitment, chunk]),
  };
}

function macSteps(inputs: Inputs, domain: ReturnType<typeof domainKeySteps>) {
  const { aliasName, aliasRecord, pageCall, pageFilters, pageCursor } = inputs;
  const row = Buffer.concat([Buffer.from(`latchkey row v1\0alias\0${aliasName}\0`), aliasRecord]);
  const pageMac = hmac(domain['page key'], Buffer.from(`latchkey page token v2\0${pageCall}\0${pageFilters}\0${pageCursor}`));
  const masks = [0, 1].map((block) =>
    hmac(domain['page key'], Buffer.concat([Buffer.from('latchkey page cursor v1\0'), pageMac, Buffer.of(block)])),
  );
  const masked = Buffer.from(pageCursor).map((byte, index) => byte ^ Buffer.concat(masks).readUInt8(index));
  const token = Buffer.concat([Buffer.of(2), domain['domain key id'], pageMac, masked]);
  return {
    'record mac': hmac(domain['row key'], row),
    'page token': Buffer.from(token.toString('base64url')),
    'grant token': grantTokenOf(inputs, domain),
  };
}

function grantTokenOf({ keyId, grantId }: Inputs, domain: ReturnType<typeof domainKeySteps>): Buffer {
  const named = Buffer.from(`latchkey grant token v1\0${uuid(keyId)}\0${grantId.toString('hex')}`);
  const token = Buffer.concat([Buffer.of(1), domain['domain key id'], hmac(domain['page key'], named), keyId, grantId]);
  return Buffer.from(token.toString('base64url'));
}

function uuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function canonical(context: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(context)
    .map(([key, value]) => [Buffer.from(key), Buffer.from(value)] as const)
    .toSorted(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([u32(pairs.length), ...pairs.flat().flatMap((bytes) => [u32(bytes.length), bytes])]);
}

/** XAES-256-GCM: ciphertext || tag. */
function xaesSeal(key: Buffer, nonce: Buffer, associated: Buffer, plaintext: Buffer): Buffer {
  const k1 = doubled(aesBlock(key, Buffer.alloc(16)));
  const half = (index: number) => {
    const block = Buffer.concat([Buffer.of(0, index, 0x58, 0), nonce.subarray(0, 12)]);
    return aesBlock(key, Buffer.from(block.map((byte, at) => byte ^ (k1[at] ?? 0))));
  };
  const cipher = createCipheriv('aes-256-gcm', Buffer.concat([half(1), half(2)]), nonce.subarray(12));
  cipher.setAAD(associated);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** In the field of CMAC (SP 800-38B §6.1). */
function doubled(block: Buffer): Buffer {
  const number = BigInt(`0x${block.toString('hex')}`) << 1n;
  const reduced = number >> 128n === 0n ? number : number ^ (1n << 128n) ^ 0x87n;
  return Buffer.from(reduced.toString(16).padStart(32, '0'), 'hex');
}

function aesBlock(key: Buffer, block: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
}

function purpose(key: Buffer, name: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `latchkey ${name} v1`, 32));
}

function hmac(key: Buffer, bytes: Buffer): Buffer {
  return createHmac('sha256', key).update(bytes).digest();
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
