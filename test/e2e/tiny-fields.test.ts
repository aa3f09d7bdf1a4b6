import { describe, expect, it } from 'vitest';
import { bytesField, message, varintField } from './protobuf-bytes.ts';
import type { RawAnswer } from './raw-client.ts';
import { useServer } from './using-server.ts';

/** Requests whose bytes are nearly all tags and lengths. */
const under = useServer();
const many = (field: Uint8Array, count = 10_000) => Buffer.concat(Array.from({ length: count }, () => field));
const batchEncrypt = async (...fields: Uint8Array[]): Promise<RawAnswer> =>
  under.raw.call('CryptoService/BatchEncrypt', message(bytesField(1, await under.newKey()), ...fields));
const item = bytesField(3, 'x');

describe('more than a million of them', () => {
  it.each([
    ['in groups', Buffer.of(0x9b, 0x06, 0x9c, 0x06)],
    ['empty', Buffer.of(0x72, 0)],
    ['numbers', Buffer.of(0x70, 0)],
  ])('%s, are refused before they are read', async (_, field) => {
    expect(await batchEncrypt(item, many(field, 1_100_000))).toMatchObject({ ok: false, failure: { reason: 'INVALID_REQUEST' } });
  });
});

describe('10 000 tiny fields', () => {
  it.each([
    ['unknown ones', many(varintField(99, 0))],
    ['the same one again and again', many(bytesField(4, ''))],
  ])('%s are read over', async (_, fields) => {
    const answer = await batchEncrypt(item, fields);
    expect(answer.ok).toBe(true);
  });

  it('pairs of a context are refused', async () => {
    expect(await batchEncrypt(item, many(bytesField(2, '')))).toMatchObject({ ok: false, failure: { reason: 'INVALID_REQUEST' } });
  });

  it('items without a byte fail each, for one reason that is told once', async () => {
    const { errors } = await under.latchkey.crypto.batchEncrypt({
      key_id: await under.newKey(),
      plaintexts: Array.from({ length: 10_000 }, () => Buffer.alloc(0)),
    });
    expect(errors.map(({ indexes }) => indexes.length)).toEqual([10_000]);
  });
});
