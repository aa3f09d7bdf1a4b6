import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { invalidCiphertext } from '../../src/errors.ts';
import { batchFailures } from '../e2e/batch-reply.ts';
import { plaintext } from './arbitraries.ts';
import { useTwoKeys } from './two-keys.ts';

/** In a batch too, whatever is wrong with a ciphertext, it is one error with one text; and it is that of no other item. */
const keys = useTwoKeys();
const context = { purpose: 'test' };

let ciphertext: Buffer;
beforeAll(async () => {
  [ciphertext = Buffer.alloc(0)] = await sealed([Buffer.from('attack at dawn')]);
});

it('refuses every flipped bit, each between two that open', async () => {
  const items = Array.from({ length: ciphertext.length * 8 }, (_, bit) => [ciphertext, flipped(ciphertext, bit)]).flat();
  await expectOpened(
    items,
    items.map((item) => (item === ciphertext ? Buffer.from('attack at dawn') : undefined)),
  );
});

it.each([
  ['on the calling thread', { minLength: 1, maxLength: 20 }, 200],
  ['on a thread of the addon', { minLength: 140, maxLength: 200 }, 50],
])('refuses what was altered and opens what was not, %s', async (_, length, numRuns) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ bytes: plaintext(), alter: alteration }), length), async (rows) => {
      const blobs = await sealed(rows.map(({ bytes }) => bytes));
      await expectOpened(
        blobs.map((blob, index) => rows[index]?.alter?.(blob) ?? blob),
        rows.map(({ bytes, alter }) => (alter === undefined ? bytes : undefined)),
      );
    }),
    { numRuns },
  );
});

/** Of half of the items. */
const alteration = fc.option(
  fc.oneof(
    fc.nat().map((bit) => (blob: Buffer) => flipped(blob, bit % (blob.length * 8))),
    fc.nat().map((length) => (blob: Buffer) => blob.subarray(0, 1 + (length % (blob.length - 1)))),
    fc.nat().map((start) => (blob: Buffer) => blob.subarray(1 + (start % (blob.length - 1)))),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => (blob: Buffer) => Buffer.concat([blob, more])),
  ),
  { freq: 2, nil: undefined },
);

async function sealed(plaintexts: readonly Uint8Array[]): Promise<Buffer[]> {
  return keys.service.batchEncrypt({ key_id: keys.keyId, plaintexts: plaintexts.map(Buffer.from), encryption_context: context });
}

/** What each item decrypts to; undefined for those that are refused. */
async function expectOpened(items: Buffer[], expected: readonly (Uint8Array | undefined)[]): Promise<void> {
  const opened = await keys.service.batchDecrypt({ ciphertext_blobs: items, encryption_context: context });
  const refused = [...expected.keys()].filter((index) => expected[index] === undefined);
  expect(opened.plaintexts.map((bytes) => bytes.toString('hex'))).toEqual(
    expected.map((bytes = new Uint8Array()) => Buffer.from(bytes).toString('hex')),
  );
  expect(opened.failed_count).toBe(refused.length);
  const failures = batchFailures(opened.errors).map(({ reason, indexes }) => ({ reason, indexes }));
  expect(failures).toEqual(refused.length === 0 ? [] : [{ reason: 'INVALID_CIPHERTEXT', indexes: refused }]);
  for (const { status } of opened.errors) expect(status?.message).toBe(invalidCiphertext().message);
}

function flipped(blob: Buffer, bit: number): Buffer {
  const altered = Buffer.from(blob);
  altered[bit >> 3]! ^= 1 << (bit & 7);
  return altered;
}
