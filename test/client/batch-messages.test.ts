import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decryptBatch, encryptBatch, reEncryptBatch } from '../../src/client/batch-messages.ts';
import { parseAnswer, parseLimits, requestMessage } from '../../src/client/exchange-messages.ts';
import { loadProtocol } from '../../src/client/protocol.ts';

const { crypto } = loadProtocol();
const { BatchEncrypt, BatchDecrypt, BatchReEncrypt, Exchange } = crypto;

/** What is written by hand is what protobufjs, which knows the proto files, reads; and the other way round. */
const texts = fc.string({ unit: 'grapheme', maxLength: 20 });
const contexts = fc.dictionary(texts, texts, { maxKeys: 3, noNullPrototype: true });
const tokens = fc.array(texts, { maxLength: 3 });
const batches = fc.record({
  keyId: texts,
  context: contexts,
  column: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  grantTokens: tokens,
});
const items = fc.array(
  fc.record({ payload: fc.uint8Array().map(Buffer.from), itemContextValue: texts, destinationItemContextValue: texts }),
  { minLength: 1, maxLength: 20 },
);

function own(context: Readonly<Record<string, string>>) {
  return { ...context };
}

describe('requests', () => {
  test('to encrypt and to decrypt', () => {
    fc.assert(
      fc.property(batches, items, (batch, rows) => {
        const payloads = rows.map(({ payload }) => payload);
        const common = {
          key_id: batch.keyId,
          encryption_context: own(batch.context),
          item_context_key: batch.column ?? '',
          item_context_values: batch.column === undefined ? [] : rows.map(({ itemContextValue }) => itemContextValue),
          grant_tokens: batch.grantTokens,
        };
        const encrypting = BatchEncrypt.requestDeserialize(Buffer.from(encryptBatch(batch).request(rows)));
        expect(encrypting).toEqual({ ...common, plaintexts: payloads });
        const decrypting = BatchDecrypt.requestDeserialize(Buffer.from(decryptBatch(batch).request(rows)));
        expect(decrypting).toEqual({ ...common, ciphertext_blobs: payloads });
      }),
    );
  });

  test('to encrypt again', () => {
    fc.assert(
      fc.property(batches, batches, fc.boolean(), items, (source, destination, skipIfCurrent, rows) => {
        const { grantTokens } = source;
        const request = reEncryptBatch({ source, destination, skipIfCurrent, grantTokens }).request(rows);
        expect(BatchReEncrypt.requestDeserialize(Buffer.from(request))).toEqual({
          ciphertext_blobs: rows.map(({ payload }) => payload),
          source_key_id: source.keyId,
          source_encryption_context: own(source.context),
          destination_key_id: destination.keyId,
          destination_encryption_context: own(destination.context),
          source_item_context_key: source.column ?? '',
          source_item_context_values: source.column === undefined ? [] : rows.map(({ itemContextValue }) => itemContextValue),
          destination_item_context_key: destination.column ?? '',
          destination_item_context_values:
            destination.column === undefined ? [] : rows.map(({ destinationItemContextValue }) => destinationItemContextValue),
          skip_if_current: skipIfCurrent,
          grant_tokens: grantTokens,
        });
      }),
    );
  });

  test('in their envelope', () => {
    const body = encryptBatch({ keyId: 'k', context: {}, column: undefined, grantTokens: [] }).request([
      { payload: Buffer.of(1), itemContextValue: undefined },
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.integer({ min: 1, max: 3_600_000 }), (id, timeoutMs) => {
        const message = requestMessage(id, { field: 3, body, timeoutMs });
        expect(Exchange.requestDeserialize(message)).toMatchObject({
          id: String(id),
          timeout: { seconds: String(Math.floor(timeoutMs / 1000)), nanos: (timeoutMs % 1000) * 1e6 },
          batch_encrypt: { key_id: 'k', plaintexts: [Buffer.of(1)] },
        });
      }),
    );
  });
});

describe('responses', () => {
  const failures = [
    { status: { code: 3, message: 'no' }, indexes: [0, 300, 70_000] },
    { status: { code: 5, message: 'gone' }, indexes: [1] },
  ];
  const payloads = [Buffer.from('a'), Buffer.alloc(0), Buffer.alloc(300, 1)];

  test('of each kind', () => {
    const batch = { keyId: '', context: {}, column: undefined, grantTokens: [] };
    const rest = { errors: failures, failed_count: 4 };
    const encrypted = BatchEncrypt.responseSerialize({
      key_arn: 'arn',
      key_material_id: 'id',
      ciphertext_blobs: payloads,
      ...rest,
    });
    expect(encryptBatch(batch).response(encrypted)).toMatchObject({
      payloads,
      reEncrypted: [],
      errors: failures.map(({ indexes }) => ({ indexes })),
    });
    const decrypted = BatchDecrypt.responseSerialize({ plaintexts: payloads, ...rest });
    expect(decryptBatch(batch).response(decrypted)).toMatchObject({
      payloads,
      errors: failures.map(({ indexes }) => ({ indexes })),
    });
    const flags = [true, false, true];
    const moved = BatchReEncrypt.responseSerialize({ ciphertext_blobs: payloads, re_encrypted: flags, ...rest });
    const call = reEncryptBatch({ source: batch, destination: batch, skipIfCurrent: false, grantTokens: [] });
    expect(call.response(moved)).toMatchObject({
      payloads,
      reEncrypted: flags,
      errors: failures.map(({ indexes }) => ({ indexes })),
    });
  });

  test('in their envelope, and limits', () => {
    const limits = {
      max_requests_in_flight: 7,
      max_message_bytes: '68719476736',
      max_reply_bytes: 3,
      max_plaintext_bytes: 4,
      max_batch_items: 5,
    };
    const message = Exchange.responseSerialize({ limits });
    const answer = parseAnswer(message);
    expect(answer).toMatchObject({ id: 0, field: 15 });
    expect(parseLimits(answer.body)).toEqual({
      maxRequestsInFlight: 7,
      maxMessageBytes: 2 ** 36,
      maxReplyBytes: 3,
      maxBatchItems: 5,
    });
    const failed = Exchange.responseSerialize({ id: String(Number.MAX_SAFE_INTEGER), error: { code: 3 } });
    expect(parseAnswer(failed)).toMatchObject({ id: Number.MAX_SAFE_INTEGER, field: 14 });
  });

  test('that are any bytes are read or refused', () => {
    const { response } = reEncryptBatch({
      source: { keyId: '', context: {}, column: undefined },
      destination: { keyId: '', context: {}, column: undefined },
      skipIfCurrent: false,
      grantTokens: [],
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const parse of [parseAnswer, parseLimits, response]) {
          try {
            parse(Buffer.from(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
