import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MethodDefinition } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { connect, LatchkeyError } from '../../src/client/connect.ts';
import type { ConnectOptions, Latchkey } from '../../src/client/connect.ts';
import { crc32c } from '../../src/client/crc32c.ts';
import { loadProtocol } from '../../src/client/protocol.ts';
import { Refusal, serve } from './serve.ts';
import type { Answers } from './serve.ts';

type Method = Pick<MethodDefinition<object, object>, 'requestStream' | 'responseStream'>;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

async function connected(answers: Answers, options: ConnectOptions = {}): Promise<Latchkey> {
  const server = await serve(answers, options.address);
  cleanups.push(server.stop);
  return connection({ ...options, address: server.address });
}

function connection(options: ConnectOptions): Latchkey {
  const latchkey = connect(options);
  cleanups.push(() => latchkey.close());
  return latchkey;
}

async function failureOf(call: Promise<unknown>): Promise<LatchkeyError> {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof LatchkeyError)) throw new Error(`expected a LatchkeyError, got ${String(error)}`);
  return error;
}

describe('calls', () => {
  test('answer with the message as the proto files have it', async () => {
    const latchkey = await connected({
      CreateKey: ({ description }) => ({
        key_metadata: { key_id: 'k1', description, key_state: 'KEY_STATE_ENABLED', creation_date: { seconds: 5, nanos: 0 } },
      }),
    });
    const { key_metadata } = await latchkey.keys.createKey({ description: 'Zürich' });
    expect(key_metadata).toMatchObject({
      key_id: 'k1',
      description: 'Zürich',
      key_state: 'KEY_STATE_ENABLED',
      current_key_material_id: '',
    });
    expect(key_metadata?.creation_date).toEqual({ seconds: '5', nanos: 0 });
  });

  test('are those of every method that is no stream', () => {
    const { crypto } = connection({});
    const isStream = ({ requestStream, responseStream }: Method) => requestStream || responseStream;
    const methods = Object.entries<Method>(loadProtocol().crypto).filter(([, method]) => !isStream(method));
    const names = methods.map(([name]) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`);
    expect(Object.keys(crypto)).toEqual(names);
    expect(names).toContain('batchEncrypt');
    // @ts-expect-error -- encryptMany and the like use it; the types do not have it either
    expect(crypto.exchange).toBeUndefined();
  });

  test.each([-1, 1.5, Number.NaN, 64 * 1024 * 1024 + 1])('take no reply of at most %s bytes', async (maxReplyBytes) => {
    const call = connection({}).crypto.batchEncrypt({}, { maxReplyBytes });
    await expect(call).rejects.toThrow('maxReplyBytes is a whole number of bytes, at most 67108864.');
  });

  test('reach a Unix socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-'));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    const latchkey = await connected({ GetServerInfo: () => ({ version: '1.2.3' }) }, { address: `unix:${directory}/socket` });
    expect((await latchkey.server.getServerInfo({})).version).toBe('1.2.3');
  });

  test('go on after the server was away', async () => {
    const first = await serve({ GetServerInfo: () => ({ version: 'first' }) });
    const latchkey = connection({ address: first.address });
    await latchkey.server.getServerInfo({});
    first.stop();
    expect((await failureOf(latchkey.server.getServerInfo({}))).code).toBe('UNAVAILABLE');
    const second = await serve({ GetServerInfo: () => ({ version: 'second' }) }, first.address);
    cleanups.push(second.stop);
    await expect
      .poll(() => latchkey.server.getServerInfo({}).catch(() => undefined), { timeout: 10_000 })
      .toMatchObject({ version: 'second' });
  });

  test('need an address that names a server', () => {
    expect(() => connect({ address: 'http://127.0.0.1:50051' })).toThrow('"http://127.0.0.1:50051" is not an address');
  });
});

describe('checksums', () => {
  const blob = Buffer.from('any bytes');

  test('go with a payload', async () => {
    const checksums: (number | undefined)[] = [];
    const latchkey = await connected({
      Encrypt: (request) => {
        checksums.push(request.plaintext_crc32c);
        return { ciphertext_blob: blob, ciphertext_blob_crc32c: crc32c(blob) };
      },
      Decrypt: (request) => {
        checksums.push(request.ciphertext_blob_crc32c);
        return { plaintext: blob, plaintext_crc32c: crc32c(blob) };
      },
    });
    await latchkey.crypto.encrypt({ key_id: 'k', plaintext: Buffer.from('123456789') });
    await latchkey.crypto.encrypt({ key_id: 'k', plaintext: Buffer.from('123456789'), plaintext_crc32c: 7 });
    await latchkey.crypto.decrypt({ ciphertext_blob: new Uint8Array(32) });
    expect(checksums).toEqual([0xe3069283, 7, 0x8a9136aa]);
  });

  test.each([
    ['wrong', crc32c(blob) ^ 1],
    ['missing', undefined],
  ])('that are %s in an answer refuse it', async (_, checksum) => {
    const ciphertext_blob_crc32c = checksum === undefined ? {} : { ciphertext_blob_crc32c: checksum >>> 0 };
    const latchkey = await connected({ Encrypt: () => ({ ciphertext_blob: blob, ...ciphertext_blob_crc32c }) });
    const error = await failureOf(latchkey.crypto.encrypt({ key_id: 'k', plaintext: blob }));
    expect(error).toMatchObject({ code: 'DATA_LOSS', reason: undefined, retryable: true });
  });

  test('a payload that is a string is refused: protobufjs would take it for base64', async () => {
    const latchkey = await connected({});
    // @ts-expect-error -- the types refuse it too
    await expect(latchkey.crypto.encrypt({ key_id: 'k', plaintext: 'secret' })).rejects.toThrow(TypeError);
  });
});

describe('failures', () => {
  test("carry the server's reason, text and fields", async () => {
    const fieldViolations = [{ field: 'plaintext', description: 'it is empty' }];
    const latchkey = await connected({
      Encrypt: () => {
        throw new Refusal('INVALID_ARGUMENT', 'plaintext: it is empty', { reason: 'INVALID_REQUEST', fieldViolations });
      },
    });
    const error = await failureOf(latchkey.crypto.encrypt({}));
    expect(error).toMatchObject({
      reason: 'INVALID_REQUEST',
      code: 'INVALID_ARGUMENT',
      message: 'plaintext: it is empty',
      retryable: false,
    });
    expect(error.fieldViolations).toEqual(fieldViolations);
    expect(error.stack).toContain('connect.test.ts');
  });

  test.each([
    ['UNAVAILABLE', 'KEY_UNAVAILABLE', true],
    ['RESOURCE_EXHAUSTED', 'THROTTLED', true],
    ['RESOURCE_EXHAUSTED', 'LIMIT_EXCEEDED', false],
    ['ABORTED', 'CONFLICT', false],
    ['FAILED_PRECONDITION', 'KEY_DISABLED', false],
    ['NOT_FOUND', 'A_REASON_OF_A_LATER_VERSION', false],
  ] as const)('%s with %s: repeating may help: %s', async (code, reason, retryable) => {
    const latchkey = await connected({
      DescribeKey: () => {
        throw new Refusal(code, 'no', { reason });
      },
    });
    expect(await failureOf(latchkey.keys.describeKey({}))).toMatchObject({ code, reason, retryable });
  });

  test.each([
    ['absent', undefined],
    ['not a google.rpc.Status', Buffer.from([0x1a, 0x7f, 0x00])],
    ['an empty one', Buffer.alloc(0)],
  ])('whose details are %s still say code and text', async (_, details) => {
    const latchkey = await connected({
      DescribeKey: () => {
        throw new Refusal('INTERNAL', 'oops', details === undefined ? {} : { details });
      },
    });
    expect(await failureOf(latchkey.keys.describeKey({}))).toMatchObject({ code: 'INTERNAL', reason: undefined, message: 'oops' });
  });

  test.each([
    ['RetryInfo', { retryAfterMs: 1500 }, 1500, true],
    ['a pushback', { pushbackMs: '70' }, 70, true],
    ['both: the pushback counts', { retryAfterMs: 1500, pushbackMs: '70' }, 70, true],
    ['neither', {}, undefined, true],
    ['a pushback that says never', { retryAfterMs: 1500, pushbackMs: '-1' }, undefined, false],
    ['a pushback that is no number', { pushbackMs: 'later' }, undefined, false],
  ] as const)('that may pass say when to come back: %s', async (_, facts, retryAfterMs, retryable) => {
    const latchkey = await connected({
      Encrypt: () => {
        throw new Refusal('RESOURCE_EXHAUSTED', 'Busy.', { reason: 'THROTTLED', ...facts });
      },
    });
    const error = await failureOf(latchkey.crypto.encrypt({}));
    expect(error).toMatchObject({ reason: 'THROTTLED', retryAfterMs, retryable });
  });

  test('a server that is not there is UNAVAILABLE, at once', async () => {
    const { address, stop } = await serve({});
    stop();
    const begun = Date.now();
    const error = await failureOf(connection({ address }).server.getServerInfo({}));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: undefined, retryable: true });
    expect(Date.now() - begun).toBeLessThan(5_000);
  });

  test('an answer that does not come is DEADLINE_EXCEEDED after the time of the connection or of the call', async () => {
    const latchkey = await connected({ GetServerInfo: () => new Promise(() => {}) }, { timeoutMs: 60_000 });
    expect((await failureOf(latchkey.server.getServerInfo({}, { timeoutMs: 50 }))).code).toBe('DEADLINE_EXCEEDED');
    const impatient = await connected({ GetServerInfo: () => new Promise(() => {}) }, { timeoutMs: 50 });
    expect((await failureOf(impatient.server.getServerInfo({}))).code).toBe('DEADLINE_EXCEEDED');
  });
});
