import { createRequire } from 'node:module';
import type { ImportTokenContent, ImportTokenOrder, NewImportToken, UnwrapImportOrder } from './native-import.ts';
import type { NativeRequestTexts } from './native-texts.ts';

/**
 * The whole surface of the C++ addon. Every call is synchronous but the two that answer promises and `startBatch`. Bytes are passed as `Uint8Array`
 * (a Buffer is one); but for `startBatch`, the addon never keeps a reference to them. No call returns the bytes of a root, domain or backing key.
 *
 * Control calls throw an `Error` with a `NativeStatus` as its `code` (`nativeCode`). Data-plane calls answer a number: ≥ 0 is the length of what they wrote, < 0 is
 * minus the index of a name in `statusNames`.
 */
export interface NativeAddon {
  /** Names of failures, by index; index 0 is "OK". The same list as `NativeStatus` (checked at load). */
  readonly statusNames: readonly string[];
  /** Names of data-plane operations, by index. The same list as `operations` (checked at load). */
  readonly operationNames: readonly string[];
  /** Names of the first slots of `statuses` of a batch. The same list as `batchItemFailures` (checked at load). */
  readonly batchItemFailureNames: readonly string[];
  /** The OpenSSL whose code runs: its version and the file that it is in (dladdr). */
  openssl(): { readonly version: string; readonly file: string };
  /** Makes the process undumpable (PR_SET_DUMPABLE 0, RLIMIT_CORE 0). Throws when the kernel refuses. */
  forbidCoreDumps(): void;
  /** CRC-32C (Castagnoli) of `bytes`. */
  crc32c(bytes: Uint8Array): number;
  readonly KeyTable: new (options: KeyTableOptions) => NativeKeyTable;
}

export interface KeyTableOptions {
  /** Greatest number of backing keys held at once; the least recently used makes room. At least 1. */
  readonly capacity: number;
  /** Greatest plaintext of one request, in bytes. */
  readonly maxPlaintextBytes: number;
}

/** Keys in locked memory: one root key, domain keys, and a table of backing keys named by handle. */
export interface NativeKeyTable extends NativeRequestTexts {
  /**
   * Creates `directory` (0700) when absent and in it a new root key file `name` (0600), durable when this returns:
   * temporary file, fsync, link, fsync of the directory. False when the file already existed (it is left alone).
   */
  createRootKeyFile(directory: string, name: string): boolean;
  /**
   * Reads the root key from `directory/name` and answers its id (16 bytes). No link is followed; owner and modes are
   * checked on the descriptors. Throws ROOT_KEY_MISSING, ROOT_KEY_UNSAFE (link, owner or mode), ROOT_KEY_MALFORMED.
   */
  openRootKeyFile(directory: string, name: string): Buffer;
  /** Makes a random domain key, keeps it, and answers its id (16 bytes) and stored form (105 bytes, docs/FORMATS.md). */
  createDomainKey(): { readonly id: Buffer; readonly stored: Buffer };
  /** Unwraps a stored domain key and keeps it. Answers its id. Throws WRONG_ROOT_KEY, STORED_KEY_REFUSED. */
  loadDomainKey(stored: Uint8Array): Buffer;
  /**
   * Makes random key material of 32 bytes and answers its id (32 bytes) and stored form (89 bytes), wrapped
   * under the domain key.
   * `keyId` has 16 bytes. Throws NO_SUCH_DOMAIN_KEY.
   */
  generateMaterial(domainKeyId: Uint8Array, keyId: Uint8Array, keySpec: string): { readonly id: Buffer; readonly stored: Buffer };
  /**
   * Unwraps stored key material into the table, checks that its id is `materialId` (32 bytes), and writes its handle to
   * `handles[0]` and the handle that had to make room, or 0, to `handles[1]`. Material that is in the table keeps its
   * handle. Handles are whole numbers ≥ 1 and never used again. Throws STORED_KEY_REFUSED, NO_SUCH_DOMAIN_KEY.
   */
  loadMaterial(stored: Uint8Array, keyId: Uint8Array, materialId: Uint8Array, keySpec: string, handles: Float64Array): void;
  /** Wipes a backing key. False when the handle is not in the table. */
  evict(handle: number): boolean;
  /**
   * Makes a random import key, keeps it, and answers its id (16 bytes) and stored form (105 bytes), wrapped under the
   * domain key. Throws NO_SUCH_DOMAIN_KEY; OUT_OF_MEMORY when 8 import keys are held.
   */
  createImportKey(domainKeyId: Uint8Array): { readonly id: Buffer; readonly stored: Buffer };
  /**
   * Unwraps a stored import key and keeps it, unless it is held already. Answers its id. Throws STORED_KEY_REFUSED,
   * NO_SUCH_DOMAIN_KEY; OUT_OF_MEMORY when 8 import keys are held.
   */
  loadImportKey(stored: Uint8Array): Buffer;
  /** Wipes an import key: its tokens can no longer be opened. False when it is not held. */
  evictImportKey(id: Uint8Array): boolean;
  /**
   * Makes an RSA key pair (e = 65537) on the table's import thread, which takes up to seconds, and seals its private key
   * into a token for one KMS key. Rejects with IMPORT_TOKEN_REFUSED when the import key is not held, at the start or
   * at the end; IMPORT_BUSY when 16 wait already. `close()` rejects what waits, and what runs when it is done.
   */
  createImportToken(order: ImportTokenOrder): Promise<NewImportToken>;
  /**
   * What a token says. Whether it is expired or used is for the caller to judge. Throws IMPORT_TOKEN_REFUSED for a token
   * that is malformed or altered, of another KMS key, or of an import key that is not held.
   */
  openImportToken(token: Uint8Array, keyId: Uint8Array): ImportTokenContent;
  /**
   * Unwraps key material with a token's private key, on the import thread ahead of the key pairs that wait, and answers
   * what `generateMaterial` would: its id (32 bytes) and stored form (89 bytes). The inputs are copied before this
   * returns. Rejects with IMPORT_TOKEN_REFUSED as `openImportToken`; IMPORT_UNWRAP_FAILED, after the same work, whatever
   * did not fit: OAEP, key wrap, length of `wrapped` or of the material; NO_SUCH_DOMAIN_KEY; IMPORT_BUSY when 16 wait.
   * `close()` rejects what is pending, with IMPORT_TOKEN_REFUSED or NO_SUCH_DOMAIN_KEY.
   */
  unwrapImport(order: UnwrapImportOrder): Promise<{ readonly id: Buffer; readonly stored: Buffer }>;
  /**
   * As `generateMaterial`, of 32 bytes that JavaScript gives, and so has in its memory: only for the development seed of
   * a server that says it is insecure. Throws NO_SUCH_DOMAIN_KEY.
   */
  dangerouslyWrapMaterial(
    domainKeyId: Uint8Array,
    keyId: Uint8Array,
    keySpec: string,
    material: Uint8Array,
  ): { readonly id: Buffer; readonly stored: Buffer };
  /** HMAC of a record (docs/FORMATS.md, "Records"), 32 bytes. Throws NO_SUCH_DOMAIN_KEY. */
  rowMac(domainKeyId: Uint8Array, kind: string, primaryKey: string, record: Uint8Array): Buffer;
  /** Whether `mac` is the record's, compared in constant time. False also for an unknown domain key and for what cannot have a MAC. */
  verifyRowMac(domainKeyId: Uint8Array, kind: string, primaryKey: string, record: Uint8Array, mac: Uint8Array): boolean;
  /** HMAC of a page token's content under the domain key's page key, 32 bytes. Throws NO_SUCH_DOMAIN_KEY. */
  pageMac(domainKeyId: Uint8Array, content: Uint8Array): Buffer;
  verifyPageMac(domainKeyId: Uint8Array, content: Uint8Array, mac: Uint8Array): boolean;

  /**
   * Parses and checks one request of CryptoService (an index of `operations`, but no batch): protobuf, limits, encryption contexts,
   * then the checksum, then the structure of a ciphertext. Writes what TypeScript decides with to `view` (`RequestView`) and answers 0, or minus a status,
   * with the number of the offending field (0: none) in `view[RequestView.field]`.
   */
  parse(operation: number, request: Uint8Array, view: Float64Array): number;
  // Each takes a request that `parse` accepted, parses it again without the checksum, and writes the response message
  // to `out`. On failure nothing unverified is left in `out`. `out` must not overlap the request, and has room for at least
  // `view[RequestView.responseBytes]` plus the lengths of the ARNs; BUFFER_TOO_SMALL otherwise.
  encrypt(request: Uint8Array, handle: number, keyArn: Uint8Array, out: Uint8Array): number;
  decrypt(request: Uint8Array, handle: number, keyArn: Uint8Array, out: Uint8Array): number;
  reEncrypt(
    request: Uint8Array,
    source: number,
    sourceArn: Uint8Array,
    destination: number,
    destinationArn: Uint8Array,
    out: Uint8Array,
  ): number;
  generateDataKey(request: Uint8Array, handle: number, keyArn: Uint8Array, out: Uint8Array): number;
  generateDataKeyWithoutPlaintext(request: Uint8Array, handle: number, keyArn: Uint8Array, out: Uint8Array): number;
  generateRandom(request: Uint8Array, out: Uint8Array): number;
  describeCiphertext(request: Uint8Array, keyArn: Uint8Array, current: boolean, out: Uint8Array): number;

  /**
   * Parses one ExchangeRequest, as far as the request that it carries. Writes to `view` (`ExchangeView`) and answers 0, or minus a
   * status with the number of the offending field (0: none) in `view[ExchangeView.field]`.
   */
  parseExchange(message: Uint8Array, view: Float64Array): number;
  /**
   * Parses a batch and checks what concerns it as a whole, in this order: protobuf and UTF-8 (and 65 pairs, 11 grant tokens or
   * 100 001 items as soon as there are), names that are required, number of items, columns, length of data keys, contexts,
   * grant tokens. What is wrong with one item is found by `runBatch`. Writes what TypeScript decides with to `view` (`BatchView`) and answers 0, or
   * minus a status, with the number of the offending field (0: none) in `view[BatchView.field]`.
   *
   * Of the distinct key material ids that well-formed ciphertexts name, in the order of their first appearance, the ids (32
   * bytes each) are written to `materialIds` and their handles (0: not in the table) to `handles`, as far as both have
   * room. Where that is too little, the answer is BUFFER_TOO_SMALL, everything else is in `view`, and the caller comes again
   * with room for `view[BatchView.materials]`.
   *
   * `maxReplyBytes` is what the response may have, less the ARN and the statuses: `view[BatchView.fittingItems]`, not the
   * answer, says whether it does.
   */
  parseBatch(
    operation: number,
    request: Uint8Array,
    maxReplyBytes: number,
    view: Float64Array,
    materialIds: Uint8Array,
    handles: Float64Array,
  ): number;
  /**
   * Works off a batch that `parseBatch` accepted, which it parses again, and writes the response message to `out`.
   *
   * `keys`: for BatchEncrypt and BatchGenerateDataKey the handle of the key that encrypts; for BatchDecrypt one number for
   * each distinct material, in the order of `parseBatch`; for BatchReEncrypt the handle of the destination, then those.
   * The number of a material is the handle of its backing key, or -(s + 1): its items fail with `statuses[s]`. `keyArn` is
   * of the key that encrypts, for BatchEncrypt and BatchGenerateDataKey, and otherwise not looked at.
   *
   * `statuses` are encoded google.rpc.Status messages: first those of `batchItemFailures`, in its order, then whatever the
   * numbers in `keys` name; 65 534 at most. BatchGenerateDataKey, whose items cannot fail, needs none. An item that fails has
   * an empty result, and its index in the one BatchError of its status; it leaves nothing unverified anywhere in `out`.
   *
   * `verdicts`, where items are refused for their own contexts, has one number for each: 0 for what goes on, s + 1 for what
   * fails with `statuses[s]`. Not for BatchGenerateDataKey. It has the place of permission in the order of checks: after what is
   * wrong with the item itself (size, context, structure of the ciphertext), before what `keys` says of its material, and before it is opened.
   *
   * `out` must not overlap the request, and has room for at least `view[BatchView.responseBytes]` plus the lengths of the
   * ARN and of all statuses, and with `verdicts` 18 bytes more for each status. BUFFER_TOO_SMALL when the response does not fit;
   * NO_SUCH_HANDLE when a key has been evicted, which more keys than the table holds do to each other; INVALID_ARGUMENT when
   * request, keys, statuses and verdicts do not belong together. When the batch fails as a whole, nothing of the response is left in `out`.
   */
  runBatch(
    operation: number,
    request: Uint8Array,
    keys: Float64Array,
    keyArn: Uint8Array,
    statuses: readonly Uint8Array[],
    out: Uint8Array,
    verdicts?: Uint16Array,
  ): number;

  /**
   * As `runBatch`, on the addon's own threads: as many as there are processors that this process may use, at most 8. Answers
   * 0, and then calls `done` once, never before this has returned, with what `runBatch` would have answered; or answers
   * minus a status, and never calls it: BATCH_BUSY when 256 batches wait already, and what can be said without working.
   *
   * Keys, statuses and verdicts are copied before this returns, and the copies of keys wiped when the batch has run: evicting a key does not stop a
   * batch that began before. `request` and `out` are given away until `done`: neither may be written to, read or detached
   * (what a write can do is a wrong answer or INVALID_ARGUMENT; reading out of bounds it cannot cause). The table, both
   * buffers and the event loop are kept alive until then. `close()` lets what runs end, and what waits with MEMORY_WIPED.
   */
  startBatch(
    operation: number,
    request: Uint8Array,
    keys: Float64Array,
    keyArn: Uint8Array,
    statuses: readonly Uint8Array[],
    out: Uint8Array,
    done: (answer: number) => void,
    verdicts?: Uint16Array,
  ): number;

  /**
   * What was done with each backing key since the last call, also with those that have been evicted, and forgets it;
   * `undefined` when nothing was. Only what succeeded counts; a batch counts its items when it has ended. `close()` keeps it.
   */
  takeUses(): KeyUses | undefined;
  stats(): KeyTableStats;
  /** Wipes and forgets every key; every later call that needs one fails. */
  close(): void;
}

export interface KeyUses {
  /** Key material ids, 32 bytes each. */
  readonly ids: Buffer;
  /** For each in turn five numbers: encryptions, decryptions, plaintext bytes, first and last use in milliseconds since 1970. */
  readonly counts: Float64Array;
}

export interface KeyTableStats {
  readonly entries: number;
  readonly capacity: number;
  /** Cipher contexts of OpenSSL that hold a backing key's input key on the ordinary heap: of entries and of pending batches. */
  readonly liveCipherContexts: number;
  /** Whether the table's pages are locked in memory (mlock). */
  readonly memoryLocked: boolean;
  /**
   * Per operation, in the order of `operationNames`, six numbers: calls, plaintext bytes, ciphertext bytes,
   * cipher nanoseconds, items, items that failed. A unary call is one item. Of a batch that fails as a whole only the call
   * counts.
   */
  readonly operations: Float64Array;
}

/**
 * How material may be wrapped for import. Calls take and answer index + 1, which is also what a token holds. MGF1 uses the
 * algorithm's hash, the label is empty. RSA_AES_KEY_WRAP: the AES-256 key wrapped by OAEP, as long as the modulus, then the
 * material wrapped under it by AES-256-KWP (RFC 5649).
 */
export const importWrappingAlgorithms = [
  'RSAES_OAEP_SHA_256',
  'RSAES_OAEP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
] as const;

export const unaryOperations = [
  'Encrypt',
  'Decrypt',
  'ReEncrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateRandom',
  'DescribeCiphertext',
] as const;
export type UnaryOperation = (typeof unaryOperations)[number];

export const batchOperations = ['BatchEncrypt', 'BatchDecrypt', 'BatchReEncrypt', 'BatchGenerateDataKey'] as const;
export type BatchOperation = (typeof batchOperations)[number];

export const operations = [...unaryOperations, ...batchOperations] as const;
export type CryptoOperation = (typeof operations)[number];
/** What the addon calls each operation. */
export const operationNumbers = Object.fromEntries(operations.map((name, index) => [name, index])) as Record<
  CryptoOperation,
  number
>;

/** Why an item of a batch fails for what is wrong with itself: the first slots of `statuses` of `runBatch`. */
export const batchItemFailures = [
  'PLAINTEXT_MISSING',
  'PLAINTEXT_TOO_LARGE',
  'CIPHERTEXT_MISSING',
  'CIPHERTEXT_TOO_LARGE',
  /** With the item's own pair. */
  'CONTEXT_TOO_LARGE',
  /** Malformed, altered, of another context: one and the same. */
  'INVALID_CIPHERTEXT',
] as const;

export type BatchItemFailure = (typeof batchItemFailures)[number];

export const nativeStatuses = [
  'OK',
  // The request
  'MALFORMED_REQUEST',
  'INVALID_UTF8',
  'KEY_ID_MISSING',
  'PLAINTEXT_MISSING',
  'PLAINTEXT_TOO_LARGE',
  'CIPHERTEXT_MISSING',
  'CIPHERTEXT_TOO_LARGE',
  'LENGTH_MISSING',
  'LENGTH_OUT_OF_RANGE',
  'DATA_KEY_SPEC_UNKNOWN',
  'CONTEXT_TOO_MANY_PAIRS',
  'CONTEXT_TOO_LARGE',
  'CONTEXT_DUPLICATE_KEY',
  'ITEMS_MISSING',
  'TOO_MANY_ITEMS',
  'COLUMN_LENGTH_MISMATCH',
  'COLUMN_KEY_COLLIDES',
  'TOO_MANY_GRANT_TOKENS',
  'GRANT_TOKEN_OUT_OF_RANGE',
  'CHECKSUM_MISMATCH',
  'EXCHANGE_ID_MISSING',
  'TIMEOUT_OUT_OF_RANGE',
  // The ciphertext
  'BLOB_MALFORMED',
  'OPEN_FAILED',
  // The table and the keys
  'NO_SUCH_HANDLE',
  'NO_SUCH_DOMAIN_KEY',
  'NO_ROOT_KEY',
  'WRONG_ROOT_KEY',
  'STORED_KEY_REFUSED',
  'ROOT_KEY_MISSING',
  'ROOT_KEY_UNSAFE',
  'ROOT_KEY_MALFORMED',
  'ROOT_KEY_IO',
  // Import
  'IMPORT_TOKEN_REFUSED',
  'IMPORT_UNWRAP_FAILED',
  'IMPORT_BUSY',
  // Batches
  'BATCH_BUSY',
  // The machine
  'MEMORY_WIPED',
  'RANDOM_UNAVAILABLE',
  'OPENSSL_FAILED',
  'OUT_OF_MEMORY',
  'BUFFER_TOO_SMALL',
  'INVALID_ARGUMENT',
] as const;
export type NativeStatus = (typeof nativeStatuses)[number];

/** The status that a control call failed with; `undefined` for any other error. */
export function nativeCode(error: unknown): NativeStatus | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return nativeStatuses.find((status) => status === code);
}

/** Loads the addon, once. Throws when it was built for another Node or OpenSSL, or is another version's. */
export function loadNativeAddon(): NativeAddon {
  const addon = createRequire(import.meta.url)('../../build/Release/latchkey.node') as NativeAddon;
  requireSameList('statusNames', addon.statusNames, nativeStatuses);
  requireSameList('operationNames', addon.operationNames, operations);
  requireSameList('batchItemFailureNames', addon.batchItemFailureNames, batchItemFailures);
  return addon;
}

function requireSameList(name: string, built: readonly string[], expected: readonly string[]): void {
  if (built.join() === expected.join()) return;
  throw new Error(`The native addon is not the one this version was built with (${name} differ): run script/setup again.`);
}
