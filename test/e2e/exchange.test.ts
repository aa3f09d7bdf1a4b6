import { afterEach, describe, expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { ExchangeRequest } from '../../src/generated/latchkey/v1/ExchangeRequest.ts';
import type { ExchangeResponse__Output } from '../../src/generated/latchkey/v1/ExchangeResponse.ts';
import { type ExchangeStream, openExchange } from './exchange-client.ts';
import { readMetrics } from './metrics-page.ts';
import { startServer, removeHome } from './start-server.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const plaintext = Buffer.from('what only the caller knows');
const encryption_context = { purpose: 'test' };
const { errorInfo } = loadProtocol();

const opened: ExchangeStream[] = [];
afterEach(() => {
  for (const stream of opened.splice(0)) stream.close();
});

/** A stream whose first message has been read. */
async function open(address = under.server.address, headers = {}): Promise<ExchangeStream> {
  const stream = openExchange(address, headers);
  opened.push(stream);
  expect(await stream.next()).toMatchObject({ id: '0', result: 'limits' });
  return stream;
}

function reasonOf({ error }: ExchangeResponse__Output): string | undefined {
  const info = error?.details.find(({ type_url }) => type_url.endsWith('/google.rpc.ErrorInfo'))?.value;
  return info && errorInfo.deserialize(info).reason;
}

/** A call that is always answered with OK. */
function random(id: number | string): ExchangeRequest {
  return { id, generate_random: { number_of_bytes: 8 } };
}

it('begins with the limits of the stream', async () => {
  const stream = openExchange(under.server.address, { 'latchkey-max-reply-bytes': '9000000' });
  opened.push(stream);
  expect((await stream.next()).limits).toEqual({
    max_requests_in_flight: 256,
    max_message_bytes: '67108864',
    max_reply_bytes: '9000000',
    max_plaintext_bytes: '1048576',
    max_batch_items: 100_000,
  });
});

it('answers every kind of request as the call would', async () => {
  const key_id = await under.newKey();
  const stream = await open();
  const ask = async (request: ExchangeRequest): Promise<ExchangeResponse__Output> => {
    stream.send(request);
    return stream.next();
  };
  const { encrypt } = await ask({ id: 1, encrypt: { key_id, plaintext, encryption_context } });
  const ciphertext_blob = encrypt?.ciphertext_blob ?? Buffer.alloc(0);
  expect((await under.latchkey.crypto.decrypt({ ciphertext_blob, encryption_context })).plaintext).toEqual(plaintext);
  expect((await ask({ id: 2, decrypt: { ciphertext_blob, encryption_context } })).decrypt?.plaintext).toEqual(plaintext);
  const moved = await ask({
    id: 3,
    re_encrypt: { ciphertext_blob, source_encryption_context: encryption_context, destination_key_id: key_id },
  });
  const moved_blob = moved.re_encrypt?.ciphertext_blob ?? Buffer.alloc(0);
  expect((await ask({ id: 4, decrypt: { ciphertext_blob: moved_blob } })).decrypt?.plaintext).toEqual(plaintext);
  expect((await ask({ id: 5, generate_data_key: { key_id, number_of_bytes: 20 } })).generate_data_key?.plaintext).toHaveLength(20);
  const sealed = await ask({ id: 6, generate_data_key_without_plaintext: { key_id, number_of_bytes: 20 } });
  expect(sealed.generate_data_key_without_plaintext?.ciphertext_blob).toHaveLength(94);
  expect((await ask(random(7))).generate_random?.plaintext).toHaveLength(8);
  expect((await ask({ id: 8, describe_ciphertext: { ciphertext_blob } })).describe_ciphertext).toMatchObject({ current: true });

  const batch = await ask({ id: 9, batch_encrypt: { key_id, plaintexts: [plaintext, plaintext] } });
  const ciphertext_blobs = batch.batch_encrypt?.ciphertext_blobs ?? [];
  expect((await ask({ id: 10, batch_decrypt: { ciphertext_blobs } })).batch_decrypt?.plaintexts).toEqual([plaintext, plaintext]);
  const all = await ask({ id: 11, batch_re_encrypt: { ciphertext_blobs, destination_key_id: key_id } });
  expect(all.batch_re_encrypt?.re_encrypted).toEqual([true, true]);
  const keys = await ask({ id: 12, batch_generate_data_key: { key_id, number_of_bytes: 16, count: 3 } });
  expect(keys.batch_generate_data_key?.plaintexts).toHaveLength(3);
});

it('goes on after a request that failed, and says why as the call would', async () => {
  const stream = await open();
  stream.send({ id: 1, encrypt: { key_id: 'alias/none', plaintext } }, { id: 2 }, random(3));
  const answers = [await stream.next(), await stream.next(), await stream.next()];
  const byId = Object.fromEntries(answers.map((answer) => [answer.id, reasonOf(answer) ?? answer.result]));
  expect(byId).toEqual({ 1: 'ALIAS_NOT_FOUND', 2: 'INVALID_REQUEST', 3: 'generate_random' });
});

it('takes ids up to 2^64 - 1', async () => {
  const stream = await open();
  const ids = ['9007199254740993', '18446744073709551615', '4294967296', '128'];
  stream.send(...ids.map(random));
  const answered = await Promise.all(ids.map(async () => (await stream.next()).id));
  expect(answered.toSorted()).toEqual(ids.toSorted());
});

it('answers each of 5 000 requests once, and ends with OK when it is told that there are no more', async () => {
  const stream = await open();
  const ids = Array.from({ length: 5000 }, (_, index) => `${index + 1}`);
  stream.send(...ids.map(random));
  stream.end();
  const answered = new Set<string>();
  while (answered.size < ids.length) {
    const { id } = await stream.next();
    expect(answered.has(id)).toBe(false);
    answered.add(id);
  }
  expect(answered).toEqual(new Set(ids));
  expect(await stream.ended).toMatchObject({ code: 'OK' });
});

it('counts each request as the call that it stands for', async () => {
  const count = async () =>
    (await readMetrics(under.server.metricsAddress)).value('latchkey_calls_total{method="GenerateRandom",reason="OK"}');
  await under.latchkey.crypto.generateRandom({ number_of_bytes: 1 });
  const before = await count();
  const stream = await open();
  stream.send(random(1), random(2));
  await stream.next();
  await stream.next();
  expect((await count()) - before).toBe(2);
});

it('answers with DEADLINE_EXCEEDED what has no time left', async () => {
  const stream = await open();
  stream.send({ ...random(1), timeout: { seconds: 0, nanos: 0 } }, { ...random(2), timeout: { seconds: 60 } });
  const answers = [await stream.next(), await stream.next()];
  expect(Object.fromEntries(answers.map(({ id, error }) => [id, error?.code ?? 0]))).toEqual({ 1: 4, 2: 0 });
});

it('gives up a request that is cancelled, and answers nothing to the cancelling of another', async () => {
  const key_id = await under.newKey();
  const plaintexts = Array.from({ length: 4000 }, () => Buffer.alloc(512));
  const stream = await open();
  stream.send({ id: 1, batch_encrypt: { key_id, plaintexts } }, { id: 1, cancel: {} }, { id: 77, cancel: {} }, random(2));
  const answers = [await stream.next(), await stream.next()];
  const one = answers.find(({ id }) => id === '1');
  // The batch may have been done before the server read that it is not wanted.
  expect([1, undefined]).toContain(one?.error?.code);
  expect(answers.map(({ id }) => id).toSorted()).toEqual(['1', '2']);
});

describe('ends with INVALID_REQUEST', () => {
  it.each([
    ['for an id of 0', () => [{ generate_random: { number_of_bytes: 8 } }], /^id: must not be 0/],
    ['for a timeout below 0', () => [{ ...random(1), timeout: { seconds: -1 } }], /^timeout: must be a duration of 0 or more/],
  ] as const)('%s', async (_, requests, says) => {
    const stream = await open();
    stream.send(...requests());
    const { code, details } = await stream.ended;
    expect(code).toBe('INVALID_ARGUMENT');
    expect(details).toMatch(says);
  });

  it.each([
    ['that is no protobuf', Buffer.of(0x0f)],
    ['with two requests', Buffer.of(8, 1, 0x62, 2, 8, 1, 0x3a, 0)],
  ])('for a message %s', async (_, bytes) => {
    const stream = await open();
    stream.sendBytes(bytes);
    expect(await stream.ended).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('for an id that is in flight', async () => {
    const key_id = await under.newKey();
    const plaintexts = Array.from({ length: 4000 }, () => Buffer.alloc(512));
    const stream = await open();
    stream.send({ id: 1, batch_encrypt: { key_id, plaintexts } }, random(1));
    const { code, details } = await stream.ended;
    expect(code).toBe('INVALID_ARGUMENT');
    expect(details).toBe('id: 1 is that of a request that is not answered yet.');
  });

  it('for metadata that is no number', async () => {
    const stream = openExchange(under.server.address, { 'latchkey-max-reply-bytes': 'much' });
    opened.push(stream);
    expect((await stream.ended).details).toMatch(/^latchkey-max-reply-bytes: must be a whole number of bytes/);
  });
});

it('refuses the 257th stream, and says when to try again', async () => {
  for (let count = 0; count < 256; count++) await open();
  const stream = openExchange(under.server.address);
  opened.push(stream);
  const { code, metadata } = await stream.ended;
  expect(code).toBe('RESOURCE_EXHAUSTED');
  expect(metadata.get('grpc-retry-pushback-ms')).toEqual(['1000']);
});

describe('a stream that has to end', () => {
  it('is told when its connection is old, and another can be opened', async () => {
    const server = await startServer({ env: { LATCHKEY_MAX_CONNECTION_AGE_MS: '1000' } });
    try {
      const stream = await open(server.address);
      expect(await stream.next()).toMatchObject({ id: '0', draining: { grace: { seconds: '1', nanos: 0 } } });
      stream.send(random(1));
      expect(await stream.next()).toMatchObject({ id: '1', result: 'generate_random' });
      stream.end();
      expect(await stream.ended).toMatchObject({ code: 'OK' });
      const next = await open(server.address);
      next.send(random(1));
      expect(await next.next()).toMatchObject({ id: '1' });
    } finally {
      await server.kill();
      await removeHome(server);
    }
  });

  it('is told when the server ends, answers what is in flight, and keeps the server no longer than its grace', async () => {
    const server = await startServer({ env: { LATCHKEY_SHUTDOWN_GRACE_MS: '2000' } });
    const stream = await open(server.address);
    const idle = await open(server.address);
    const stopped = server.stop();
    expect(await stream.next()).toMatchObject({ draining: { grace: { seconds: '1' } } });
    stream.send(random(1));
    expect(await stream.next()).toMatchObject({ id: '1' });
    stream.end();
    expect(await stream.ended).toMatchObject({ code: 'OK' });
    expect(await idle.ended).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await stopped).toBe(0);
    await removeHome(server);
  });
});
