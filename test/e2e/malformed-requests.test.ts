import { describe, expect, it } from 'vitest';
import { bytesField, message, varint, varintField } from './protobuf-bytes.ts';
import { failure } from './raw-client.ts';
import { useServer } from './using-server.ts';

/** Requests that no library writes. Whatever is wrong with them, it is the caller's mistake: never INTERNAL, never a crash. */
const under = useServer();
const absent = '00000000-0000-4000-8000-000000000000';
const invalid = { code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST', domain: 'latchkey' };

/** Of no message of ours, whichever the call. */
const notProtobuf: Record<string, Buffer> = {
  'a tag without its value': Buffer.of(0x0a),
  'a length beyond the message': Buffer.of(0x0a, 0x05, 0x61),
  'a length of 2^63': Buffer.concat([Buffer.of(0x0a), Buffer.alloc(8, 0xff), Buffer.of(0x7f)]),
  'a varint of 11 bytes': Buffer.concat([Buffer.of(0x78), Buffer.alloc(10, 0xff), Buffer.of(0x01)]),
  'field number 0': Buffer.of(0x02, 0x00),
  'a group that does not end': Buffer.of(0x7b),
  'the end of a group that did not begin': Buffer.of(0x7c),
  'a wire type that does not exist': Buffer.of(0x0f, 0x00),
  'random bytes': Buffer.from('ffd8ffe000104a4649460001', 'hex'),
};
const methods = [
  'CryptoService/Encrypt',
  'CryptoService/Decrypt',
  'CryptoService/ReEncrypt',
  'CryptoService/GenerateDataKey',
  'CryptoService/GenerateDataKeyWithoutPlaintext',
  'CryptoService/GenerateRandom',
  'CryptoService/DescribeCiphertext',
  'KeyService/CreateKey',
  'KeyService/DescribeKey',
  'KeyService/ListKeys',
  'KeyService/ListAliases',
  'ServerService/GetServerInfo',
];
describe.each(methods)('%s refuses', (method) => {
  it.each(Object.entries(notProtobuf))('%s', async (_, request) => {
    expect(await failure(under.raw.call(method, request))).toMatchObject(invalid);
  });
});

describe('text that is not UTF-8 is refused', () => {
  const notUtf8 = Buffer.of(0x61, 0xff, 0x62);
  const fields: readonly (readonly [method: string, request: Buffer])[] = [
    ['CryptoService/Encrypt', message(bytesField(1, notUtf8), bytesField(2, 'x'))],
    ['CryptoService/Decrypt', message(bytesField(1, Buffer.alloc(75, 1)), bytesField(3, notUtf8))],
    ['CryptoService/ReEncrypt', message(bytesField(1, Buffer.alloc(75, 1)), bytesField(4, notUtf8))],
    ['KeyService/CreateKey', bytesField(1, notUtf8)],
    ['KeyService/DescribeKey', bytesField(1, notUtf8)],
    ['KeyService/UpdateKeyDescription', message(bytesField(1, absent), bytesField(2, notUtf8))],
    ['KeyService/CreateAlias', message(bytesField(1, notUtf8), bytesField(2, absent))],
    ['KeyService/ListKeys', bytesField(2, notUtf8)],
  ];
  it.each(fields)('in %s', async (method, request) => {
    expect(await failure(under.raw.call(method, request))).toMatchObject(invalid);
  });
  it('and U+FFFD, which is UTF-8, is taken', async () => {
    const answer = await under.raw.call('KeyService/CreateKey', bytesField(1, 'a \ufffd b'));
    expect(answer.ok).toBe(true);
  });
});

it('skips fields that it does not know, groups too', async () => {
  const unknown = message(
    varintField(100, 7),
    bytesField(101, 'later version'),
    varint(102 * 8 + 3),
    varintField(1, 1),
    varint(102 * 8 + 4),
  );
  expect((await under.raw.call('CryptoService/GenerateRandom', message(unknown, varintField(1, 16)))).ok).toBe(true);
  expect((await under.raw.call('KeyService/ListKeys', unknown)).ok).toBe(true);
});

it('takes the last of a field that comes twice', async () => {
  const key_id = await under.newKey();
  const answer = await under.raw.call(
    'CryptoService/Encrypt',
    message(bytesField(1, absent), bytesField(2, 'x'), bytesField(1, key_id)),
  );
  expect(answer.ok).toBe(true);
});

it('is still there after all of it', async () => {
  expect((await under.raw.call('ServerService/GetServerInfo', Buffer.alloc(0))).ok).toBe(true);
  expect(under.server.log.filter((line) => line.includes('call failed'))).toEqual([]);
});
