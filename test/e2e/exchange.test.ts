import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { frame } from '../grpc/frame.ts';
import { errorOf, openExchange } from './exchange-client.ts';
import { readMetrics } from './metrics-page.ts';
import { bytesField, message, varintField } from './protobuf-bytes.ts';
import { openRawExchange } from './raw-exchange.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const clients: { close(): void }[] = [];
const open = (headers: Readonly<Record<string, string>> = {}) => {
  const client = openExchange(under.server, headers);
  clients.push(client);
  return client;
};
const rawStream = () => {
  const client = openRawExchange(under.server);
  clients.push(client);
  return client;
};
const openStreams = async () => (await readMetrics(under.server.metricsAddress)).value('latchkey_open_exchanges');
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  // What a client cancels reaches the server somewhat later.
  await expect.poll(openStreams).toBe(0);
});

const random = { generate_random: { number_of_bytes: 3 } };
const plaintext = Buffer.from('plaintext');
const encryption_context = { purpose: 'test' };

describe('a stream', () => {
  it('begins with what the server takes', async () => {
    expect(await open().limits).toMatchObject({
      id: '0',
      limits: {
        max_requests_in_flight: 256,
        max_message_bytes: String(64 * 1024 * 1024),
        max_reply_bytes: String(4 * 1024 * 1024),
        max_plaintext_bytes: String(1024 * 1024),
        max_batch_items: 100_000,
      },
    });
    const { limits } = await open({ 'latchkey-max-reply-bytes': '1000000' }).limits;
    expect(limits?.max_reply_bytes).toBe('1000000');
  });

  it('answers every kind of request as the calls do', async () => {
    const key_id = await under.newKey();
    const stream = open();
    stream.send({ id: 1, encrypt: { key_id, plaintext, encryption_context } });
    const { encrypt } = await stream.answer(1);
    const ciphertext_blob = encrypt?.ciphertext_blob ?? Buffer.alloc(0);
    expect((await under.latchkey.crypto.decrypt({ ciphertext_blob, encryption_context })).plaintext).toEqual(plaintext);

    stream.send({ id: 2, decrypt: { ciphertext_blob, encryption_context } });
    stream.send({
      id: 3,
      re_encrypt: {
        ciphertext_blob,
        source_encryption_context: encryption_context,
        destination_key_id: key_id,
        destination_encryption_context: {},
      },
    });
    stream.send({ id: 4, generate_data_key: { key_id, key_spec: 'DATA_KEY_SPEC_AES_256' } });
    stream.send({ id: 5, generate_data_key_without_plaintext: { key_id, number_of_bytes: 7 } });
    stream.send({ id: 6, generate_random: { number_of_bytes: 1024 } });
    stream.send({ id: 7, describe_ciphertext: { ciphertext_blob } });
    stream.send({ id: 8, batch_encrypt: { key_id, plaintexts: [plaintext, plaintext], encryption_context } });
    stream.send({ id: 9, batch_decrypt: { ciphertext_blobs: [ciphertext_blob], encryption_context } });
    stream.send({
      id: 10,
      batch_re_encrypt: {
        ciphertext_blobs: [ciphertext_blob],
        source_encryption_context: encryption_context,
        destination_key_id: key_id,
      },
    });
    stream.send({ id: 11, batch_generate_data_key: { key_id, key_spec: 'DATA_KEY_SPEC_AES_128', count: 3 } });
    const answers = await Promise.all([2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(async (id) => stream.answer(id)));
    expect(answers).toMatchObject([
      { decrypt: { plaintext, key_arn: expect.stringContaining(key_id) as string } },
      { re_encrypt: { ciphertext_blob: { length: plaintext.length + 74 } } },
      { generate_data_key: { plaintext: { length: 32 } } },
      { generate_data_key_without_plaintext: { ciphertext_blob: { length: 7 + 74 } } },
      { generate_random: { plaintext: { length: 1024 } } },
      { describe_ciphertext: { key_arn: expect.stringContaining(key_id) as string } },
      { batch_encrypt: { ciphertext_blobs: { length: 2 }, failed_count: 0 } },
      { batch_decrypt: { plaintexts: [plaintext] } },
      { batch_re_encrypt: { ciphertext_blobs: { length: 1 } } },
      { batch_generate_data_key: { plaintexts: { length: 3 } } },
    ]);
  });

  it('knows ids of 64 bits', async () => {
    const stream = open();
    const ids = ['9007199254740993', '9223372036854775808', '18446744073709551615', '4294967296'];
    for (const id of ids) stream.send({ id, ...random });
    const answers = await Promise.all(ids.map(async (id) => stream.answer(id)));
    expect(answers.map(({ result }) => result)).toEqual(ids.map(() => 'generate_random'));
  });

  it('answers thousands of requests that are sent at once, each once, and ends with OK after the last', async () => {
    const stream = open();
    const ids = Array.from({ length: 5000 }, (_, index) => String(index + 1));
    for (const id of ids) stream.send({ id, ...random });
    stream.halfClose();
    expect(await stream.ended).toMatchObject({ code: 'OK' });
    const answered = stream.received.filter(({ result }) => result === 'generate_random').map(({ id }) => id);
    expect(answered).toHaveLength(5000);
    expect(new Set(answered)).toEqual(new Set(ids));
  });

  it('takes an id again once it is answered', async () => {
    const stream = open();
    for (const count of [1, 2]) {
      stream.send({ id: 1, ...random });
      await stream.message(() => stream.received.filter(({ id }) => id === '1').length === count);
    }
    stream.halfClose();
    expect(await stream.ended).toMatchObject({ code: 'OK' });
  });

  it('ends at once with OK when it carries nothing', async () => {
    const stream = open();
    stream.halfClose();
    expect(await stream.ended).toMatchObject({ code: 'OK' });
  });
});

describe('a request that fails', () => {
  it('has reason and details, and the stream goes on', async () => {
    const key_id = await under.newKey();
    await under.latchkey.keys.disableKey({ key_id });
    const stream = open();
    stream.send({ id: 1, encrypt: { key_id, plaintext } });
    stream.send({ id: 2, encrypt: { key_id: 'alias/nobody', plaintext } });
    stream.send({ id: 3, encrypt: { key_id, plaintext: Buffer.alloc(0) } });
    stream.send({ id: 4, decrypt: { ciphertext_blob: Buffer.alloc(100) } });
    stream.send({ id: 5, ...random });
    expect((await stream.answer(5)).result).toBe('generate_random');
    const errors = await Promise.all([1, 2, 3, 4].map(async (id) => errorOf(await stream.answer(id))));
    expect(errors).toEqual([
      { code: 'FAILED_PRECONDITION', reason: 'KEY_DISABLED', fields: [] },
      { code: 'NOT_FOUND', reason: 'ALIAS_NOT_FOUND', fields: [] },
      { code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST', fields: ['plaintext'] },
      { code: 'INVALID_ARGUMENT', reason: 'INVALID_CIPHERTEXT', fields: [] },
    ]);
  });

  it('is one that carries none, or one of a later version', async () => {
    const stream = open();
    stream.send({ id: 1 });
    stream.sendBytes(message(varintField(1, 2), bytesField(100, '')));
    for (const id of [1, 2]) {
      expect(errorOf(await stream.answer(id))).toEqual({
        code: 'INVALID_ARGUMENT',
        reason: 'INVALID_REQUEST',
        fields: ['request'],
      });
    }
  });

  it('is one whose timeout is no Duration', async () => {
    const stream = open();
    stream.sendBytes(message(varintField(1, 1), bytesField(2, varintField(2, 1_000_000_000)), bytesField(12, varintField(1, 3))));
    const wrong = { code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST', fields: ['timeout'] };
    expect(errorOf(await stream.answer(1))).toEqual(wrong);
    stream.send({ id: 2, ...random });
    expect((await stream.answer(2)).result).toBe('generate_random');
  });

  it('is one whose request is malformed in itself', async () => {
    const stream = open();
    stream.sendBytes(message(varintField(1, 1), bytesField(12, Buffer.of(0x08))));
    expect(errorOf(await stream.answer(1))).toMatchObject({ reason: 'INVALID_REQUEST' });
    stream.send({ id: 2, ...random });
    expect((await stream.answer(2)).result).toBe('generate_random');
  });

  it('is one whose answer is longer than the caller takes', async () => {
    const key_id = await under.newKey();
    const stream = open({ 'latchkey-max-reply-bytes': '5000' });
    stream.send({ id: 1, batch_generate_data_key: { key_id, key_spec: 'DATA_KEY_SPEC_AES_256', count: 100 } });
    expect(errorOf(await stream.answer(1))).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'RESPONSE_TOO_LARGE' });
  });

  it.each([
    ['0', { seconds: 0 }],
    ['negative', { seconds: -1 }],
    ['negative in nanoseconds', { nanos: -1 }],
  ])('is one with a timeout that is %s', async (_, timeout) => {
    const stream = open();
    stream.send({ id: 1, timeout, ...random });
    expect(errorOf(await stream.answer(1))).toEqual({ code: 'DEADLINE_EXCEEDED', reason: undefined, fields: [] });
  });

  it.each([
    ['long', { seconds: 315_576_000_000 }],
    ['short', { nanos: 999_999_999 }],
  ])('is none with a timeout that is %s', async (_, timeout) => {
    const stream = open();
    stream.send({ id: 1, timeout, ...random });
    expect((await stream.answer(1)).result).toBe('generate_random');
  });
});

describe('Cancel', () => {
  it('gives up a request in flight, which is answered once with CANCELLED', async () => {
    const http2 = rawStream();
    const request = message(varintField(1, 1), bytesField(12, varintField(1, 3)));
    const cancel = message(varintField(1, 1), bytesField(14, ''));
    http2.write(frame(request), frame(cancel));
    const [answer] = await http2.answers(1);
    expect(answer).toMatchObject({ id: '1', error: { code: 1 } });
    http2.end();
    expect(await http2.status).toBe('0');
    expect(http2.received).toHaveLength(2);
  });

  it('of an id that is not in flight does nothing', async () => {
    const stream = open();
    stream.send({ id: 5, cancel: {} });
    stream.send({ id: 5, ...random });
    expect((await stream.answer(5)).result).toBe('generate_random');
    stream.send({ id: 5, cancel: {} });
    stream.halfClose();
    expect(await stream.ended).toMatchObject({ code: 'OK' });
    expect(stream.received).toHaveLength(2);
  });
});

describe('the stream ends with INVALID_REQUEST', () => {
  it('for an id that is in flight', async () => {
    const http2 = rawStream();
    const request = frame(message(varintField(1, 1), bytesField(12, varintField(1, 3))));
    http2.write(request, request);
    expect(await http2.status).toBe('3');
  });

  it.each([
    ['an id of 0', message(bytesField(12, varintField(1, 3)))],
    ['a message that is no protobuf', Buffer.of(0x08)],
    ['an empty message', Buffer.alloc(0)],
    ['two requests in one', message(varintField(1, 1), bytesField(12, varintField(1, 3)), bytesField(14, ''))],
  ])('for %s', async (_, request) => {
    const stream = open();
    stream.sendBytes(request);
    expect(await stream.ended).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST' });
  });

  it.each(['-1', 'many', '1.5', '99999999999'])('for latchkey-max-reply-bytes: %s', async (bytes) => {
    const stream = open({ 'latchkey-max-reply-bytes': bytes });
    expect(await stream.ended).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST' });
    expect(stream.received).toEqual([]);
  });
});

it('is counted under its method when it ends, and its requests under theirs', async () => {
  const read = async () => readMetrics(under.server.metricsAddress);
  const before = await read();
  const streams = [open(), open()] as const;
  for (const stream of streams) await stream.limits;
  const gone = rawStream();
  await once(gone.stream, 'data');
  expect(await openStreams()).toBe(3);
  streams[0].send({ id: 1, ...random });
  streams[0].send({ id: 2, decrypt: { ciphertext_blob: Buffer.alloc(100) } });
  streams[0].halfClose();
  streams[1].sendBytes(Buffer.of(0x08));
  gone.close();
  for (const stream of streams) await stream.ended;
  await expect.poll(openStreams).toBe(0);
  const after = await read();
  const grown = (method: string, reason: string) => {
    const series = `latchkey_calls_total{method="${method}",reason="${reason}"}`;
    return after.value(series) - before.value(series);
  };
  expect(grown('GenerateRandom', 'OK')).toBe(1);
  expect(grown('Decrypt', 'INVALID_CIPHERTEXT')).toBe(1);
  expect(['OK', 'INVALID_REQUEST', 'CANCELLED'].map((reason) => grown('Exchange', reason))).toEqual([1, 1, 1]);
  expect(after.value('latchkey_in_flight_bytes')).toBe(0);
  expect(after.value('latchkey_waiting_for_memory')).toBe(0);
});

it('is THROTTLED when the caller has too many open, and says when to come again', async () => {
  const first = open();
  const streams = [first, ...Array.from({ length: 127 }, () => first.another())];
  clients.push(...streams);
  for (const stream of streams) await stream.limits;
  const refused = await first.another().ended;
  expect(refused).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'THROTTLED' });
  expect(refused.metadata.get('grpc-retry-pushback-ms')).toEqual(['1000']);
  streams[1]?.halfClose();
  await streams[1]?.ended;
  const again = first.another();
  clients.push(again);
  await again.limits;
  again.send({ id: 1, ...random });
  expect((await again.answer(1)).result).toBe('generate_random');
});
