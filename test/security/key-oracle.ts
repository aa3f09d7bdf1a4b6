import Database from 'better-sqlite3';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key that must stay in native memory, and what it is. */
export interface SecretKey {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * Every secret that root key file and store hold together, computed from docs/FORMATS.md with none of the server's code: the
 * root key, domain keys, backing keys, and whatever is derived from them and used as a key.
 */
export function everySecretKey({
  dataDirectory,
  secretsDirectory,
}: {
  dataDirectory: string;
  secretsDirectory: string;
}): SecretKey[] {
  const rootKey = readFileSync(join(secretsDirectory, 'root.key')).subarray(21);
  const store = readStore(dataDirectory);
  const domainKeys = new Map(store.domainKeys.map(({ id, stored }) => [id, openDomainKey(stored, rootKey)]));
  return [
    { name: 'root key', bytes: rootKey },
    { name: 'root key, wrap', bytes: derived(rootKey, 'wrap') },
    ...[...domainKeys].flatMap(([id, bytes]) => [
      { name: `domain key ${id}`, bytes },
      ...['wrap', 'row', 'page'].map((purpose) => ({ name: `domain key ${id}, ${purpose}`, bytes: derived(bytes, purpose) })),
    ]),
    ...store.materials.flatMap((row) => backingKeys(row, domainKeys)),
  ];
}

interface StoredMaterial {
  readonly key_material_id: string;
  readonly key_id: string;
  readonly stored_key: Buffer;
}

/** Reads a copy, so that a server that owns the store is not disturbed. */
function readStore(dataDirectory: string): { domainKeys: { id: string; stored: Buffer }[]; materials: StoredMaterial[] } {
  const copy = mkdtempSync(join(tmpdir(), 'latchkey-copy-'));
  for (const name of ['latchkey.db', 'latchkey.db-wal'].filter((file) => existsSync(join(dataDirectory, file)))) {
    copyFileSync(join(dataDirectory, name), join(copy, name));
  }
  const database = new Database(join(copy, 'latchkey.db'));
  try {
    return {
      domainKeys: database.prepare<[], { id: string; stored: Buffer }>('SELECT id, stored FROM domain_keys').all(),
      materials: database.prepare<[], StoredMaterial>('SELECT key_material_id, key_id, stored_key FROM key_materials').all(),
    };
  } finally {
    database.close();
    rmSync(copy, { recursive: true });
  }
}

/** `0x01 || wrapping key id (16) || own id (16) || nonce (24) || ciphertext || tag` */
function openDomainKey(stored: Buffer, rootKey: Buffer): Buffer {
  const aad = Buffer.concat([Buffer.from('latchkey domain key v1\0'), stored.subarray(1, 33)]);
  return xaesOpen(derived(rootKey, 'wrap'), stored.subarray(33), aad);
}

/** `0x01 || domain key id (16) || nonce (24) || ciphertext || tag` */
function backingKeys(
  { key_material_id, key_id, stored_key }: StoredMaterial,
  domainKeys: ReadonlyMap<string, Buffer>,
): SecretKey[] {
  const domainKey = domainKeys.get(stored_key.toString('hex', 1, 17));
  if (domainKey === undefined) throw new Error(`The domain key of ${key_material_id} is not in the store.`);
  const keyId = Buffer.from(key_id.replaceAll('-', ''), 'hex');
  const spec = Buffer.from('SYMMETRIC_DEFAULT');
  const aad = Buffer.concat([Buffer.from('latchkey stored key v1\0'), keyId, Buffer.from(key_material_id, 'hex'), spec]);
  const material = xaesOpen(derived(domainKey, 'wrap'), stored_key.subarray(17), aad);
  const info = Buffer.concat([spec, Buffer.of(0), keyId]);
  const okm = Buffer.from(hkdfSync('sha256', material, 'latchkey key material v1', info, 64));
  if (okm.toString('hex', 0, 32) !== key_material_id) throw new Error(`${key_material_id} does not commit to its material.`);
  return [
    { name: `key material ${key_material_id}`, bytes: material },
    { name: `input key of ${key_material_id}`, bytes: okm.subarray(32) },
  ];
}

function derived(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `latchkey ${purpose} v1`, 32));
}

/** XAES-256-GCM (C2SP); throws when the tag is not right. `sealed` is nonce (24) || ciphertext || tag (16). */
export function xaesOpen(key: Buffer, sealed: Buffer, aad: Buffer): Buffer {
  const nonce = sealed.subarray(0, 24);
  const k1 = doubled(aesBlock(key, Buffer.alloc(16)));
  const half = (counter: number) => aesBlock(key, xor(Buffer.concat([Buffer.of(0, counter, 0x58, 0), nonce.subarray(0, 12)]), k1));
  const gcm = createDecipheriv('aes-256-gcm', Buffer.concat([half(1), half(2)]), nonce.subarray(12));
  gcm.setAAD(aad);
  gcm.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([gcm.update(sealed.subarray(24, -16)), gcm.final()]);
}

function aesBlock(key: Buffer, block: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
}

/** Doubling in GF(2^128), SP 800-38B §6.1. */
function doubled(block: Buffer): Buffer {
  const shifted = (BigInt(`0x${block.toString('hex')}`) << 1n) ^ (block.readUInt8(0) >= 0x80 ? 0x87n : 0n);
  return Buffer.from(BigInt.asUintN(128, shifted).toString(16).padStart(32, '0'), 'hex');
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ b.readUInt8(index)));
}
