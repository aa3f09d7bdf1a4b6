import { randomBytes } from 'node:crypto';
import type { BadInput } from './bad-inputs.ts';
import { bytesField, mapEntry, message } from './protobuf-bytes.ts';
import { failure } from './raw-client.ts';
import { LatchkeyError } from '../../src/client/connect.ts';

/** A request to encrypt a batch, as bytes: the fields of BatchEncryptRequest beside the key. */
function rawBatch(fields: () => readonly Uint8Array[]): BadInput {
  return async (under) => {
    const request = message(bytesField(1, await under.newKey()), ...fields());
    return {
      call: 'BatchEncrypt',
      send: async () => {
        const { code, message: text, reason, fields: wrong } = await failure(under.raw.call('CryptoService/BatchEncrypt', request));
        const fieldViolations = wrong.map((field) => ({ field, description: text.slice(`${field}: `.length) }));
        throw new LatchkeyError(text, { reason, code, fieldViolations });
      },
    };
  };
}

/** Ciphertexts of backing keys that do not exist, each of another. */
function unknownCiphertexts(count: number): Buffer[] {
  return Array.from({ length: count }, () => Buffer.concat([Buffer.of(1, 1), randomBytes(73)]));
}

function decrypting(ciphertext_blobs: () => Buffer[], column: object = {}): BadInput {
  return async ({ latchkey }) => ({
    call: 'BatchDecrypt',
    send: async () => latchkey.crypto.batchDecrypt({ ciphertext_blobs: ciphertext_blobs(), ...column }),
  });
}

const item = bytesField(3, 'x');
const column = bytesField(4, 'row');

/** For each row of docs/INPUT.md that is about batches, by its first cell. */
export const badBatches: Readonly<Record<string, BadInput>> = {
  'a batch with 11 grant tokens': rawBatch(() => [item, Buffer.concat(Array.from({ length: 11 }, () => bytesField(6, 't')))]),
  'a batch without items': rawBatch(() => []),
  'a batch of 100 001 items': rawBatch(() => [Buffer.concat(Array.from({ length: 100_001 }, () => item))]),
  'a batch to decrypt without items': decrypting(() => []),
  'a batch of 0 data keys': async (under) => {
    const key_id = await under.newKey();
    return {
      call: 'BatchGenerateDataKey',
      send: async () => under.latchkey.crypto.batchGenerateDataKey({ key_id, number_of_bytes: 16 }),
    };
  },
  'a batch of 100 001 data keys': async (under) => {
    const key_id = await under.newKey();
    const request = { key_id, number_of_bytes: 16, count: 100_001 };
    return { call: 'BatchGenerateDataKey', send: async () => under.latchkey.crypto.batchGenerateDataKey(request) };
  },
  'a batch of data keys without a length': async (under) => {
    const key_id = await under.newKey();
    return { call: 'BatchGenerateDataKey', send: async () => under.latchkey.crypto.batchGenerateDataKey({ key_id, count: 1 }) };
  },
  'a context column shorter than the items': rawBatch(() => [item, item, column, bytesField(5, '1')]),
  'a context column longer than the items': rawBatch(() => [item, column, bytesField(5, '1'), bytesField(5, '2')]),
  'a context column without a key': rawBatch(() => [item, bytesField(5, '1')]),
  'a context column without values': rawBatch(() => [item, column]),
  "a context column's key that is in the common context": rawBatch(() => [
    item,
    mapEntry(2, 'row', '1'),
    column,
    bytesField(5, '2'),
  ]),
  'a context column that makes 65 pairs': rawBatch(() => [
    item,
    column,
    bytesField(5, '1'),
    ...Array.from({ length: 64 }, (_, index) => mapEntry(2, `${index}`, '')),
  ]),
  'the same context key twice in a batch': rawBatch(() => [item, mapEntry(2, 'a', '1'), mapEntry(2, 'a', '1')]),
  'invalid UTF-8 in the context of a batch': rawBatch(() => [item, mapEntry(2, 'a', Buffer.of(0xff))]),
  'invalid UTF-8 in a context column': rawBatch(() => [item, column, bytesField(5, Buffer.of(0xc3))]),
  'a batch that ends within an item': rawBatch(() => [Buffer.of(0x1a, 5, 1, 2)]),
  'a batch with a length of 2^32': rawBatch(() => [item, Buffer.of(0x1a, 0x80, 0x80, 0x80, 0x80, 0x10)]),
  'a batch with wire type 7': rawBatch(() => [item, Buffer.of(0x1f)]),
  'a batch without a key': async (under) => {
    const request = { plaintexts: [Buffer.of(1)] };
    return { call: 'BatchEncrypt', send: async () => under.latchkey.crypto.batchEncrypt(request) };
  },
  'ciphertexts of 4097 backing keys': decrypting(() => unknownCiphertexts(4097)),
  'ciphertexts of 100 000 backing keys': decrypting(() => unknownCiphertexts(50_000).flatMap((blob) => [blob, altered(blob)])),
  'a reply over 4 MiB': async (under) => {
    const key_id = await under.newKey();
    const plaintexts = Array.from({ length: 5 }, () => Buffer.alloc(1_000_000));
    return { call: 'BatchEncrypt', send: async () => under.latchkey.crypto.batchEncrypt({ key_id, plaintexts }) };
  },
};

/** The same with another backing key. */
function altered(blob: Buffer): Buffer {
  const other = Buffer.from(blob);
  other.writeUInt8(other.readUInt8(10) ^ 1, 10);
  return other;
}
