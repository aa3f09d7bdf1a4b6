import { constants, createCipheriv, createPublicKey, publicEncrypt, randomFillSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** The algorithms by which material is wrapped, the recommended one first; their names are those of AWS KMS. */
export const wrappingAlgorithms = {
  RSA_AES_KEY_WRAP_SHA_256: { oaepHash: 'sha256', throughAes: true },
  RSAES_OAEP_SHA_256: { oaepHash: 'sha256', throughAes: false },
  RSA_AES_KEY_WRAP_SHA_1: { oaepHash: 'sha1', throughAes: true },
  RSAES_OAEP_SHA_1: { oaepHash: 'sha1', throughAes: false },
} as const satisfies Record<string, { oaepHash: string; throughAes: boolean }>;

export type WrappingAlgorithm = keyof typeof wrappingAlgorithms;

/**
 * Key material as ImportKeyMaterial takes it. `publicKey` is an RSA SubjectPublicKeyInfo in DER; OAEP has an empty label, and the same
 * hash in MGF1. The caller wipes `material`.
 */
export function wrapKeyMaterial(material: Buffer, publicKey: Buffer, algorithm: WrappingAlgorithm): Buffer {
  const { oaepHash, throughAes } = wrappingAlgorithms[algorithm];
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  if (!throughAes) return oaep(key, oaepHash, material);

  const aesKey = Buffer.alloc(32);
  try {
    randomFillSync(aesKey);
    return Buffer.concat([oaep(key, oaepHash, aesKey), aesKeyWrap(aesKey, material)]);
  } finally {
    aesKey.fill(0);
  }
}

function oaep(key: KeyObject, oaepHash: string, plaintext: Buffer): Buffer {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plaintext);
}

/** AES key wrap with padding, RFC 5649. */
function aesKeyWrap(aesKey: Buffer, material: Buffer): Buffer {
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, alternativeInitialValue);
  return Buffer.concat([cipher.update(material), cipher.final()]);
}

/** RFC 5649 §3. */
const alternativeInitialValue = Buffer.from('A65959A6', 'hex');
