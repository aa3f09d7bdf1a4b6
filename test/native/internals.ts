import { createRequire } from 'node:module';

/**
 * The test-only addon: the addon's own code, with what production must never take from a caller. Built with
 * LATCHKEY_TESTS. Failures throw an error whose `code` is a `NativeStatus`.
 */
export interface NativeInternals {
  /** XAES-256-GCM. `key` has 32 bytes, `nonce` 24. Answers ciphertext and tag. */
  xaesSeal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Buffer;
  /** Null when the tag does not fit. Throws when a failed open left anything in its output. */
  xaesOpen(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Buffer | null;
  /** AES-256-GCM, the code that XAES-256-GCM runs on. `key` has 32 bytes, `nonce` 12. */
  gcmSeal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Buffer;
  gcmOpen(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Buffer | null;
  /** The CMAC subkey K1 of an input key, and the key Kx of the messages whose nonce begins with these 12 bytes. */
  deriveXaesKey(key: Uint8Array, nonceStart: Uint8Array): { readonly k1: Buffer; readonly messageKey: Buffer };
  /** CMAC-AES-256 of a message of exactly 16 bytes, by the code that derives message keys. */
  cmacOfBlock(key: Uint8Array, message: Uint8Array): Buffer;
  hkdfSha256(key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Buffer;
  /** Key material id (32 bytes) and XAES input key (32 bytes) of material. `keyId` has 16 bytes. */
  materialIdentity(material: Uint8Array, keyId: Uint8Array, keySpec: string): { readonly id: Buffer; readonly inputKey: Buffer };
  /** AES-256-KWP. Null when it does not open. */
  kwpUnwrap(key: Uint8Array, wrapped: Uint8Array): Buffer | null;
  /** RSAES-OAEP with an empty label and MGF1 of the same hash; the private key as PKCS#8 DER. Null when it does not open. */
  rsaOaepOpen(privateKey: Uint8Array, hash: 'SHA-1' | 'SHA-256', wrapped: Uint8Array): Buffer | null;
  /** What `unwrapImport` unwraps with; `algorithm` is an index in `importWrappingAlgorithms`, plus 1. Null when it fails. */
  unwrapImported(privateKey: Uint8Array, algorithm: number, wrapped: Uint8Array): Buffer | null;
  /** The hash of C2SP's accumulated test, as hex. Every message is opened again on the way. */
  accumulatedXaes(iterations: number): string;
  /** The canonical form of an EncryptRequest's context. */
  canonicalContext(encryptRequest: Uint8Array): Buffer;
  /** CRC-32C by the portable code, to compare with the addon's. */
  crc32cByTables(bytes: Uint8Array): number;
  /** Seals messages of `bytes` with the production code, nonce given, 38 bytes of associated data. */
  sealLoop(loop: BenchLoop): Elapsed;
  /** The same by the plainest loop over EVP. */
  evpLoop(loop: BenchLoop): Elapsed;
  /** Parses and answers the same batch request again and again, with one key and nonces drawn as in production. */
  batchLoop(loop: BatchLoop): Elapsed;
  /** Whether both loops make the same bytes. */
  loopsAgree(bytes: number): boolean;
}

export interface BenchLoop {
  /** Of one plaintext. */
  readonly bytes: number;
  readonly iterations: number;
}

export interface BatchLoop {
  readonly items: number;
  /** Of one plaintext. */
  readonly bytes: number;
  readonly rounds: number;
  /** With a context column of row numbers. */
  readonly column: boolean;
  /** BatchDecrypt instead of BatchEncrypt. */
  readonly decrypt: boolean;
}

/** Of all iterations together; `cpuNanoseconds` is the thread's. */
export interface Elapsed {
  readonly wallNanoseconds: number;
  readonly cpuNanoseconds: number;
}

export const internals = createRequire(import.meta.url)('../../build/Release/latchkey_internals.node') as NativeInternals;
