/**
 * What a decision about a request may depend on beside its keys, read again from the request, and only for a decision that
 * asks. `request` is one that `parse` or `parseBatch` accepted; `field` is the number of one of its fields. Texts are told by
 * offset and length in the request, two numbers each, and are UTF-8, which was checked. Each call answers how many it
 * found, or minus a status: BUFFER_TOO_SMALL when they do not fit, INVALID_ARGUMENT when the request is another one.
 */
export interface NativeRequestTexts {
  /** Writes each grant token to `spans`: 10 at most. */
  grantTokens(request: Uint8Array, field: number, spans: Float64Array): number;
  /** Writes key and value of each pair of an encryption context to `spans`, in the order of the bytes of the keys: 64 pairs at most. */
  contextPairs(request: Uint8Array, field: number, spans: Float64Array): number;
  /**
   * Writes the distinct values of a context column to `spans`, in the order of their first appearance, and to `numbers`, which
   * has one for each item, the number of its value among them.
   */
  columnValues(request: Uint8Array, field: number, spans: Float64Array, numbers: Uint32Array): number;
  /**
   * Writes to `numbers`, for each item of BatchDecrypt or BatchReEncrypt, the number of its backing key in the order of
   * `parseBatch`; 2^32 - 1 for an item that fails before its key matters. Answers 0.
   */
  itemMaterials(operation: number, request: Uint8Array, numbers: Uint32Array): number;
}
