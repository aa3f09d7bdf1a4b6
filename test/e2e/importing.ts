import { type KeyObject, constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import type { Latchkey } from '../../src/client/connect.ts';
import type { ImportKeyMaterialRequest } from '../../src/generated/latchkey/v1/ImportKeyMaterialRequest.ts';

/** What a caller of AWS KMS does to import key material, with Node's own OpenSSL. */
export const wrappingAlgorithms = [
  'RSA_AES_KEY_WRAP_SHA_256',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSAES_OAEP_SHA_1',
] as const;
export type WrappingAlgorithm = (typeof wrappingAlgorithms)[number];
export type WrappingKeySpec = 'RSA_2048' | 'RSA_3072' | 'RSA_4096';

export interface WrapOptions {
  /** Instead of the algorithm's. */
  readonly oaepHash?: 'sha1' | 'sha256';
  /** Changes what AES key wrap made, before it is put behind the wrapped AES key. */
  readonly breakKeyWrap?: (wrapped: Buffer) => Buffer;
}

/** `publicKey` is SubjectPublicKeyInfo in DER. */
export function wrapMaterial(
  publicKey: Buffer,
  algorithm: WrappingAlgorithm,
  material: Buffer,
  { oaepHash = algorithm.endsWith('SHA_256') ? 'sha256' : 'sha1', breakKeyWrap = (wrapped) => wrapped }: WrapOptions = {},
): Buffer {
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  if (algorithm.startsWith('RSAES_OAEP')) return oaep(key, oaepHash, material);
  const aesKey = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
  const wrapped = Buffer.concat([cipher.update(material), cipher.final()]);
  return Buffer.concat([oaep(key, oaepHash, aesKey), breakKeyWrap(wrapped)]);
}

function oaep(key: KeyObject, oaepHash: string, bytes: Buffer): Buffer {
  return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes);
}

/** Makes a key of origin EXTERNAL, which waits for its material, and answers its id. */
export async function newExternalKey({ keys }: Latchkey, options: { deletion_protection?: boolean } = {}): Promise<string> {
  const { key_metadata } = await keys.createKey({ origin: 'ORIGIN_TYPE_EXTERNAL', ...options });
  if (!key_metadata) throw new Error('CreateKey answered without key_metadata.');
  return key_metadata.key_id;
}

/** A token, and what to wrap for it. */
export interface ImportParameters {
  readonly import_token: Buffer;
  readonly public_key: Buffer;
  readonly algorithm: WrappingAlgorithm;
}

export async function parametersFor(
  { keys }: Latchkey,
  key_id: string,
  algorithm: WrappingAlgorithm = 'RSA_AES_KEY_WRAP_SHA_256',
  spec: WrappingKeySpec = 'RSA_2048',
): Promise<ImportParameters> {
  const { import_token, public_key } = await keys.getParametersForImport({
    key_id,
    wrapping_algorithm: `ALGORITHM_SPEC_${algorithm}`,
    wrapping_key_spec: `WRAPPING_KEY_SPEC_${spec}`,
  });
  return { import_token, public_key, algorithm };
}

/** A request of ImportKeyMaterial for material that does not expire unless `changes` say so. */
export function importRequest(
  key_id: string,
  { import_token, public_key, algorithm }: ImportParameters,
  material: Buffer,
  changes: Partial<Omit<ImportKeyMaterialRequest, 'import_token' | 'encrypted_key_material'>> = {},
) {
  return {
    key_id,
    import_token,
    encrypted_key_material: wrapMaterial(public_key, algorithm, material),
    expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE' as const,
    ...changes,
  };
}

/** Imports material with a new token and answers its id. */
export async function importMaterial(
  latchkey: Latchkey,
  key_id: string,
  material: Buffer,
  changes: Parameters<typeof importRequest>[3] = {},
): Promise<string> {
  const parameters = await parametersFor(latchkey, key_id);
  return (await latchkey.keys.importKeyMaterial(importRequest(key_id, parameters, material, changes))).key_material_id;
}

export const newMaterial = { import_type: 'IMPORT_TYPE_NEW_KEY_MATERIAL' } as const;

/** Milliseconds since 1970 as a Timestamp. */
export function timestampOf(milliseconds: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: Math.round(milliseconds - seconds * 1000) * 1_000_000 };
}
