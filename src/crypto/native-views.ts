/** Index of each number in the view that `parse` fills. Lengths and offsets are in bytes of the request. */
export const RequestView = {
  /** Number of the proto field that a failure is about, or 0. */
  field: 0,
  /** `key_id`, or `source_key_id` of ReEncrypt; length 0 when absent. */
  keyIdOffset: 1,
  keyIdBytes: 2,
  /** `destination_key_id` of ReEncrypt. */
  destinationKeyIdOffset: 3,
  destinationKeyIdBytes: 4,
  /** `plaintext` or `ciphertext_blob`. */
  payloadOffset: 5,
  payloadBytes: 6,
  /** Handle of the backing key that `ciphertext_blob` names, 0 when it is not in the table. */
  handle: 7,
  /** Upper bound of the response, without the ARNs. */
  responseBytes: 8,
  /** How many grant tokens there are. */
  grantTokens: 9,
  /** 1 when `dry_run` is set. */
  dryRun: 10,
} as const;
export const requestViewLength = 11;

/** Index of each number in the view that `parseExchange` fills. */
export const ExchangeView = {
  /** Number of the proto field that a failure is about, or 0. */
  field: 0,
  /** `id`, in two halves of 32 bits. */
  idHigh: 1,
  idLow: 2,
  /** `timeout`, -1 when absent, at most 2^31 - 1. */
  timeoutMs: 3,
  /** Field number of the member of `request` that is set, 0 when none is that this version knows. */
  requestField: 4,
  /** Of its bytes in the message. */
  requestOffset: 5,
  requestBytes: 6,
} as const;
export const exchangeViewLength = 7;

/** Index of each number in the view that `parseBatch` fills. Lengths and offsets are in bytes of the request. */
export const BatchView = {
  /** Number of the proto field that a failure is about, or 0. */
  field: 0,
  /** `key_id`, or `source_key_id` of BatchReEncrypt; length 0 when absent. */
  keyIdOffset: 1,
  keyIdBytes: 2,
  /** `destination_key_id` of BatchReEncrypt. */
  destinationKeyIdOffset: 3,
  destinationKeyIdBytes: 4,
  items: 5,
  /** Distinct key material ids. */
  materials: 6,
  /** Upper bound of the response, without the ARN and without the bytes of the statuses. */
  responseBytes: 7,
  /** How many of the first items have a response within `maxReplyBytes`. */
  fittingItems: 8,
  /** Bytes of all plaintexts or ciphertexts, or of all data keys. */
  workBytes: 9,
  /** How many grant tokens there are. */
  grantTokens: 10,
  /** Key of the context column, of BatchReEncrypt of the source's; length 0 when there is none. */
  columnKeyOffset: 11,
  columnKeyBytes: 12,
  destinationColumnKeyOffset: 13,
  destinationColumnKeyBytes: 14,
} as const;
export const batchViewLength = 15;

/** What the addon accepts in a request, beside `maxPlaintextBytes`; the canonical form of a context is meant. */
export const requestLimits = {
  contextPairs: 64,
  contextBytes: 8192,
  randomBytes: 1024,
  batchItems: 100_000,
  grantTokens: 10,
  grantTokenBytes: 8192,
} as const;
