import type { BatchDecryptRequest__Output } from '../../src/generated/latchkey/v1/BatchDecryptRequest.ts';
import type { BatchEncryptRequest__Output } from '../../src/generated/latchkey/v1/BatchEncryptRequest.ts';
import type { BatchReEncryptRequest__Output } from '../../src/generated/latchkey/v1/BatchReEncryptRequest.ts';
import type { ExchangeRequest__Output } from '../../src/generated/latchkey/v1/ExchangeRequest.ts';
import type { ExchangeResponse } from '../../src/generated/latchkey/v1/ExchangeResponse.ts';
import { canonical, type FakeKey, names, open, seal } from './fake-sealing.ts';
import { Refusal, rpcStatus } from './refusal.ts';

/** The keys of a fake server; the last one of a name is current. */
export type FakeKeys = readonly FakeKey[];

/** What the batches of the API answer, item by item, as crypto.proto says it. Throws a Refusal for the whole call. */
export function answerOf(request: ExchangeRequest__Output, keys: FakeKeys): ExchangeResponse {
  if (request.batch_encrypt) return { batch_encrypt: encrypted(request.batch_encrypt, keys) };
  if (request.batch_decrypt) return { batch_decrypt: decrypted(request.batch_decrypt, keys) };
  if (request.batch_re_encrypt) return { batch_re_encrypt: reEncrypted(request.batch_re_encrypt, keys) };
  throw new Refusal('INVALID_ARGUMENT', 'request: exactly one is required.', { reason: 'INVALID_REQUEST' });
}

/** A plaintext that no key encrypts: how a test makes an item fail. */
export const poison = Buffer.from('poison');

function encrypted(request: BatchEncryptRequest__Output, keys: FakeKeys) {
  const key = current(request.key_id, keys);
  const contexts = contextsOf(request.plaintexts, request.encryption_context, [
    request.item_context_key,
    request.item_context_values,
  ]);
  const blobs = request.plaintexts.map((plaintext, index) =>
    plaintext.length === 0 || plaintext.equals(poison) ? undefined : seal(key, plaintext, contexts[index] ?? {}),
  );
  return { key_arn: key.name, key_material_id: `${key.version}`, ciphertext_blobs: filled(blobs), ...failures(blobs, emptyItem) };
}

function decrypted(request: BatchDecryptRequest__Output, keys: FakeKeys) {
  const contexts = contextsOf(request.ciphertext_blobs, request.encryption_context, [
    request.item_context_key,
    request.item_context_values,
  ]);
  const plaintexts = request.ciphertext_blobs.map((blob, index) => opened(blob, contexts[index] ?? {}, keys));
  return { plaintexts: filled(plaintexts), ...failures(plaintexts, invalidCiphertext) };
}

function reEncrypted(request: BatchReEncryptRequest__Output, keys: FakeKeys) {
  const key = current(request.destination_key_id, keys);
  const { ciphertext_blobs: blobs } = request;
  const sources = contextsOf(blobs, request.source_encryption_context, [
    request.source_item_context_key,
    request.source_item_context_values,
  ]);
  const destinations = contextsOf(blobs, request.destination_encryption_context, [
    request.destination_item_context_key,
    request.destination_item_context_values,
  ]);
  const isCurrent = blobs.map((blob, index) => {
    const same = canonical(sources[index] ?? {}).equals(canonical(destinations[index] ?? {}));
    return request.skip_if_current && names(blob, key) && same;
  });
  const results = blobs.map((blob, index) => {
    const plaintext = opened(blob, sources[index] ?? {}, keys);
    if (plaintext === undefined) return undefined;
    return isCurrent[index] === true ? blob : seal(key, plaintext, destinations[index] ?? {});
  });
  return {
    ciphertext_blobs: filled(results),
    re_encrypted: results.map((result, index) => result !== undefined && isCurrent[index] !== true),
    ...failures(results, invalidCiphertext),
  };
}

function current(name: string, keys: FakeKeys): FakeKey {
  const key = keys.findLast((candidate) => candidate.name === name);
  if (key === undefined) throw new Refusal('NOT_FOUND', `There is no key ${name}.`, { reason: 'KEY_NOT_FOUND' });
  return key;
}

function opened(blob: Buffer, context: Readonly<Record<string, string>>, keys: FakeKeys): Buffer | undefined {
  const key = keys.find((candidate) => blob.length > 74 && names(blob, candidate));
  return key === undefined ? undefined : open(key, blob, context);
}

function contextsOf(
  items: readonly Buffer[],
  common: Readonly<Record<string, string>>,
  [key, values]: readonly [string, readonly string[]],
): readonly Readonly<Record<string, string>>[] {
  if (values.length !== (key === '' ? 0 : items.length)) {
    throw new Refusal('INVALID_ARGUMENT', 'item_context_values: one for each item.', { reason: 'INVALID_REQUEST' });
  }
  return items.map((_, index) => (key === '' ? common : { ...common, [key]: values[index] ?? '' }));
}

function filled(results: readonly (Buffer | undefined)[]): Buffer[] {
  return results.map((result) => result ?? Buffer.alloc(0));
}

function failures(results: readonly (Buffer | undefined)[], refusal: Refusal) {
  const indexes = [...results.keys()].filter((index) => results[index] === undefined);
  return { errors: indexes.length === 0 ? [] : [{ status: rpcStatus(refusal), indexes }], failed_count: indexes.length };
}

const emptyItem = new Refusal('INVALID_ARGUMENT', 'plaintexts: an item is not encryptable.', { reason: 'INVALID_REQUEST' });
const invalidCiphertext = new Refusal('INVALID_ARGUMENT', 'The ciphertext does not open.', { reason: 'INVALID_CIPHERTEXT' });
