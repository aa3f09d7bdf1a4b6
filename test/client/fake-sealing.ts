import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** What a fake server encrypts with: as long as a real ciphertext and bound to key, context and version, but with AES-256-GCM alone. */
export interface FakeKey {
  readonly name: string;
  readonly version: number;
}

export type Context = Readonly<Record<string, string>>;

export function seal(key: FakeKey, plaintext: Uint8Array, context: Context): Buffer {
  const nonce = randomBytes(24);
  const header = Buffer.concat([Buffer.of(1, 1), materialId(key)]);
  const cipher = createCipheriv('aes-256-gcm', materialId(key), nonce.subarray(0, 12));
  cipher.setAAD(Buffer.concat([header, canonical(context)]));
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when it does not open with this key and context. */
export function open(key: FakeKey, blob: Buffer, context: Context): Buffer | undefined {
  if (blob.length < 75 || !names(blob, key)) return undefined;
  const cipher = createDecipheriv('aes-256-gcm', materialId(key), blob.subarray(34, 46));
  cipher.setAAD(Buffer.concat([blob.subarray(0, 34), canonical(context)]));
  cipher.setAuthTag(blob.subarray(-16));
  try {
    return Buffer.concat([cipher.update(blob.subarray(58, -16)), cipher.final()]);
  } catch {
    return undefined;
  }
}

export function names(blob: Buffer, key: FakeKey): boolean {
  return blob.subarray(2, 34).equals(materialId(key));
}

export function canonical(context: Context): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

function materialId({ name, version }: FakeKey): Buffer {
  return createHash('sha256').update(`${name} ${version}`).digest();
}
