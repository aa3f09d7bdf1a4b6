import { type KmsError as Kms, KmsError, invalidCiphertext, invalidField } from '../errors.ts';
import { type CryptoOperation, type NativeStatus, nativeStatuses } from './native.ts';
import { requestLimits } from './native-views.ts';

/** The error that a negative answer of a data-plane call stands for. `field` is a field number of the request, 0 for none. */
export function nativeFailure(operation: keyof typeof fieldNames, answer: number, field: number): Error {
  const status = nativeStatuses[-answer];
  if (status === undefined || status === 'OK') return new Error(`The native addon answered ${answer} to ${operation}.`);
  const failure = callerFailures[status];
  return failure ? failure(fieldNames[operation][field - 1] ?? '') : new Error(`${operation} failed natively: ${status}.`);
}

/** Names of request fields by number, from 1 (proto/latchkey/v1/crypto.proto). */
export const fieldNames = {
  Encrypt: ['key_id', 'plaintext', 'encryption_context', 'plaintext_crc32c', 'grant_tokens', 'dry_run'],
  Decrypt: ['ciphertext_blob', 'encryption_context', 'key_id', 'ciphertext_blob_crc32c', 'grant_tokens', 'dry_run'],
  ReEncrypt: [
    'ciphertext_blob',
    'source_encryption_context',
    'source_key_id',
    'destination_key_id',
    'destination_encryption_context',
    'ciphertext_blob_crc32c',
    'grant_tokens',
    'dry_run',
  ],
  GenerateDataKey: ['key_id', 'encryption_context', 'key_spec', 'number_of_bytes', 'grant_tokens', 'dry_run'],
  GenerateDataKeyWithoutPlaintext: ['key_id', 'encryption_context', 'key_spec', 'number_of_bytes', 'grant_tokens', 'dry_run'],
  GenerateRandom: ['number_of_bytes'],
  DescribeCiphertext: ['ciphertext_blob', 'ciphertext_blob_crc32c'],
  BatchEncrypt: ['key_id', 'encryption_context', 'plaintexts', 'item_context_key', 'item_context_values', 'grant_tokens'],
  BatchDecrypt: ['ciphertext_blobs', 'encryption_context', 'item_context_key', 'item_context_values', 'key_id', 'grant_tokens'],
  BatchReEncrypt: [
    'ciphertext_blobs',
    'source_key_id',
    'source_encryption_context',
    'destination_key_id',
    'destination_encryption_context',
    'source_item_context_key',
    'source_item_context_values',
    'destination_item_context_key',
    'destination_item_context_values',
    'skip_if_current',
    'grant_tokens',
  ],
  BatchGenerateDataKey: ['key_id', 'encryption_context', 'key_spec', 'number_of_bytes', 'count', 'grant_tokens'],
  Exchange: ['id', 'timeout'],
} as const satisfies Record<CryptoOperation | 'Exchange', readonly string[]>;

type Failure = (field: string) => Kms;

/** What a caller can act on; a status that is not here is a bug or an outage. */
const callerFailures: Partial<Record<NativeStatus, Failure>> = {
  MALFORMED_REQUEST: () => new KmsError('INVALID_REQUEST', 'The request is not a well-formed protobuf message of this call.'),
  INVALID_UTF8: (field) => invalidField(field, 'must be UTF-8.'),
  KEY_ID_MISSING: (field) => invalidField(field, 'is required: a key id, key ARN, alias/<name> or alias ARN.'),
  PLAINTEXT_MISSING: (field) => invalidField(field, 'must hold at least 1 byte.'),
  PLAINTEXT_TOO_LARGE: (field) => invalidField(field, 'is over the limit; GetServerInfo tells limits.max_plaintext_bytes.'),
  CIPHERTEXT_MISSING: (field) => invalidField(field, 'is required.'),
  CIPHERTEXT_TOO_LARGE: (field) =>
    invalidField(field, 'is over the limit, limits.max_plaintext_bytes of GetServerInfo + 74 bytes.'),
  LENGTH_MISSING: () => invalidField('length', 'set either key_spec or number_of_bytes.'),
  LENGTH_OUT_OF_RANGE: (field) => invalidField(field, `must be 1 to ${requestLimits.randomBytes}.`),
  DATA_KEY_SPEC_UNKNOWN: (field) => invalidField(field, 'must be DATA_KEY_SPEC_AES_256 or DATA_KEY_SPEC_AES_128.'),
  CONTEXT_TOO_MANY_PAIRS: (field) => invalidField(field, `may have at most ${requestLimits.contextPairs} pairs.`),
  CONTEXT_TOO_LARGE: (field) => invalidField(field, `may have at most ${requestLimits.contextBytes} bytes in canonical form.`),
  CONTEXT_DUPLICATE_KEY: (field) => invalidField(field, 'names a key twice.'),
  ITEMS_MISSING: (field) => invalidField(field, 'must have at least 1.'),
  TOO_MANY_ITEMS: (field) => invalidField(field, `may have at most ${requestLimits.batchItems} items; split the batch.`),
  COLUMN_LENGTH_MISMATCH: (field) => invalidField(field, 'must have a value for each item, and a key; or neither.'),
  COLUMN_KEY_COLLIDES: (field) => invalidField(field, 'is a key of the common context already.'),
  TOO_MANY_GRANT_TOKENS: (field) => invalidField(field, `may have at most ${requestLimits.grantTokens}.`),
  GRANT_TOKEN_OUT_OF_RANGE: (field) => invalidField(field, `each must have 1 to ${requestLimits.grantTokenBytes} bytes.`),
  CHECKSUM_MISMATCH: (field) =>
    new KmsError(
      'CHECKSUM_MISMATCH',
      `The payload does not match ${field}: it was altered on its way, or the checksum is not CRC-32C.`,
    ),
  EXCHANGE_ID_MISSING: () => invalidField('id', "must not be 0, which names the server's own messages."),
  TIMEOUT_OUT_OF_RANGE: () => invalidField('timeout', 'must be a Duration: nanos within a second, and with the sign of seconds.'),
  BLOB_MALFORMED: () => invalidCiphertext(),
  OPEN_FAILED: () => invalidCiphertext(),
  BATCH_BUSY: () => new KmsError('THROTTLED', 'Too many batches are going on at once; repeat the call.', { retryAfterMs: 100 }),
  MEMORY_WIPED: () => new KmsError('KEY_UNAVAILABLE', 'The keys in memory were wiped; the server must be restarted.'),
};
