import { afterEach, describe, expect, test } from 'vitest';
import { connect, type Latchkey, LatchkeyError, type ManyProgress } from '../../src/client/connect.ts';
import { answerOf, poison } from './fake-batches.ts';
import { Refusal } from './refusal.ts';
import { serve } from './serve.ts';
import { type ExchangeBehaviour, ExchangeSeen } from './serve-exchange.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const keys = [
  { name: 'k', version: 1 },
  { name: 'other', version: 1 },
];

async function connected(
  behaviour: ExchangeBehaviour = {},
  timeoutMs?: number,
): Promise<{ latchkey: Latchkey; seen: ExchangeSeen }> {
  const seen = new ExchangeSeen();
  const server = await serve({ Exchange: (request) => answerOf(request, keys) }, undefined, { seen, ...behaviour });
  const latchkey = connect({ address: server.address, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  cleanups.push(server.stop, () => latchkey.close());
  return { latchkey, seen };
}

function texts(count: number, prefix = 'row'): Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.from(`${prefix} ${index}`));
}

async function all<Result>(results: AsyncIterable<Result> | Iterable<Result>): Promise<Result[]> {
  const taken: Result[] = [];
  for await (const result of results) taken.push(result);
  return taken;
}

async function ciphertexts(latchkey: Latchkey, items: Uint8Array[], options: object = {}): Promise<Buffer[]> {
  const results = await all(latchkey.encryptMany(items, { keyId: 'k', ...options }));
  return results.map(({ ciphertext }) => ciphertext ?? Buffer.alloc(0));
}

function reasons(results: readonly { readonly index: number; readonly error?: LatchkeyError | undefined }[]) {
  return results.flatMap(({ index, error }) => (error === undefined ? [] : [[index, error.reason, error.code]]));
}

describe('many items', () => {
  test('there and back, in their order, in several batches', async () => {
    const { latchkey, seen } = await connected();
    const plaintexts = texts(10_000);
    const sealed = await all(latchkey.encryptMany(plaintexts, { keyId: 'k', encryptionContext: { a: '1' } }));
    expect(sealed.map(({ index }) => index)).toEqual(plaintexts.map((_, index) => index));
    const blobs = sealed.map(({ ciphertext }) => ciphertext!);
    const opened = await all(latchkey.decryptMany(blobs, { encryptionContext: { a: '1' } }));
    expect(opened).toEqual(plaintexts.map((plaintext, index) => ({ index, plaintext })));
    expect(seen).toMatchObject({ batches: [4096, 4096, 1808, 4096, 4096, 1808], streams: 1, maxReplyBytes: ['67108864'] });
  });

  test('of none there is nothing to say', async () => {
    const { latchkey, seen } = await connected();
    expect(await all(latchkey.encryptMany([], { keyId: 'k' }))).toEqual([]);
    expect(seen.requests).toBe(0);
  });

  test.each([
    [
      'a generator',
      function* generated() {
        yield* texts(100);
      },
    ],
    [
      'an async generator',
      async function* generated() {
        yield* texts(100);
      },
    ],
    [
      'a slow one',
      async function* generated() {
        for (const text of texts(30)) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          yield text;
        }
      },
    ],
  ])('come from %s', async (_, source) => {
    const { latchkey } = await connected();
    const expected = await all(source());
    const opened = await all(latchkey.decryptMany(await ciphertexts(latchkey, expected)));
    expect(opened.map(({ plaintext }) => plaintext)).toEqual(expected);
    const results = await all(latchkey.encryptMany(source(), { keyId: 'k' }));
    expect(results.map(({ index }) => index)).toEqual(expected.map((_item, index) => index));
  });

  test('that have come are answered while the next is waited for', async () => {
    const { latchkey } = await connected();
    const never = Promise.withResolvers<undefined>();
    async function* source() {
      yield Buffer.from('first');
      await never.promise;
      yield Buffer.from('second');
    }
    const results = latchkey.encryptMany(source(), { keyId: 'k' });
    expect(await results.next()).toMatchObject({ done: false, value: { index: 0 } });
    never.resolve(undefined);
    expect(await results.next()).toMatchObject({ done: false, value: { index: 1 } });
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test('go to another key, or stay as they are where they are current', async () => {
    const { latchkey } = await connected();
    const blobs = [...(await ciphertexts(latchkey, texts(3))), ...(await ciphertexts(latchkey, texts(3), { keyId: 'other' }))];
    const options = { destinationKeyId: 'other', skipIfCurrent: true };
    const results = await all(latchkey.reEncryptMany(blobs, options));
    expect(results.map(({ reEncrypted }) => reEncrypted)).toEqual([true, true, true, false, false, false]);
    expect(results.slice(3).map(({ ciphertext }) => ciphertext)).toEqual(blobs.slice(3));
    const opened = await all(latchkey.decryptMany(results.map(({ ciphertext }) => ciphertext!)));
    expect(opened.map(({ plaintext }) => String(plaintext))).toEqual(['row 0', 'row 1', 'row 2', 'row 0', 'row 1', 'row 2']);
  });

  test('have progress', async () => {
    const { latchkey } = await connected();
    const made: ManyProgress[] = [];
    const items = [...texts(5000, 'x'), poison];
    await all(latchkey.encryptMany(items, { keyId: 'k', onProgress: (progress) => made.push(progress) }));
    const bytes = items.reduce((sum, { length }) => sum + length, 0);
    expect(made.length).toBe(2);
    expect(made.at(-1)).toEqual({ items: 5001, failed: 1, bytes });
  });
});

describe('a context column', () => {
  const rows = texts(3).map((plaintext, index) => ({ plaintext, itemContextValue: `${index}` }));
  const column = { encryptionContext: { table: 't' }, itemContextKey: 'row' };

  test('binds each item to its row', async () => {
    const { latchkey } = await connected();
    const sealed = await all(latchkey.encryptMany(rows, { keyId: 'k', ...column }));
    const blobs = sealed.map(({ ciphertext }, index) => ({ ciphertext: ciphertext!, itemContextValue: `${index}` }));
    expect(reasons(await all(latchkey.decryptMany(blobs, column)))).toEqual([]);
    const moved = [blobs[0]!, { ...blobs[1]!, itemContextValue: '2' }];
    expect(reasons(await all(latchkey.decryptMany(moved, column)))).toEqual([[1, 'INVALID_CIPHERTEXT', 'INVALID_ARGUMENT']]);
  });

  test('may change when items are encrypted again', async () => {
    const { latchkey } = await connected();
    const sealed = await all(latchkey.encryptMany(rows, { keyId: 'k', ...column }));
    const blobs = sealed.map(({ ciphertext }, index) => ({ ciphertext: ciphertext!, itemContextValue: `${index}` }));
    const moved = await all(
      latchkey.reEncryptMany(blobs, {
        destinationKeyId: 'other',
        sourceEncryptionContext: { table: 't' },
        sourceItemContextKey: 'row',
        destinationItemContextKey: 'id',
      }),
    );
    const again = moved.map(({ ciphertext }, index) => ({ ciphertext: ciphertext!, itemContextValue: `${index}` }));
    const opened = await all(latchkey.decryptMany(again, { itemContextKey: 'id' }));
    expect(opened.map(({ plaintext }) => String(plaintext))).toEqual(['row 0', 'row 1', 'row 2']);
  });

  test.each([
    ['an item without a value', [Buffer.from('x')], { itemContextKey: 'row' }],
    ['an object without a value', [{ plaintext: Buffer.from('x') }], { itemContextKey: 'row' }],
    ['a value without a column', [{ plaintext: Buffer.from('x'), itemContextValue: '1' }], {}],
    ['a value that is no text', [{ plaintext: Buffer.from('x'), itemContextValue: '\ud800' }], { itemContextKey: 'row' }],
    ['a payload that is no bytes', ['secret' as unknown as Uint8Array], {}],
    ['a column without a name', [{ plaintext: Buffer.from('x'), itemContextValue: '1' }], { itemContextKey: '' }],
  ])('does not go with %s', async (_, items, options) => {
    const { latchkey, seen } = await connected();
    await expect(async () => all(latchkey.encryptMany(items, { keyId: 'k', ...options }))).rejects.toThrow(TypeError);
    expect(seen.requests).toBe(0);
  });
});

describe('failures', () => {
  test('of an item leave the others alone', async () => {
    const { latchkey } = await connected();
    const items = texts(9000);
    for (const index of [0, 17, 4095, 4096, 8999]) items[index] = poison;
    const results = await all(latchkey.encryptMany(items, { keyId: 'k' }));
    expect(reasons(results)).toEqual([0, 17, 4095, 4096, 8999].map((index) => [index, 'INVALID_REQUEST', 'INVALID_ARGUMENT']));
    expect(results.filter(({ ciphertext }) => ciphertext !== undefined).length).toBe(8995);
    expect(results[17]?.error).toBe(results[0]?.error);
    expect(results[17]?.error).toBeInstanceOf(LatchkeyError);
  });

  test('of all are thrown, after the results before them', async () => {
    let batches = 0;
    const disabled = new Refusal('FAILED_PRECONDITION', 'Key k is disabled.', { reason: 'KEY_DISABLED' });
    const { latchkey } = await connected({ fault: () => ((batches += 1) === 2 ? disabled : undefined) });
    let results = 0;
    const iteration = async () => {
      for await (const { error } of latchkey.encryptMany(texts(9000), { keyId: 'k' })) results += error === undefined ? 1 : 0;
    };
    await expect(iteration).rejects.toMatchObject({ reason: 'KEY_DISABLED', code: 'FAILED_PRECONDITION' });
    expect(results).toBe(4096);
  });

  test('of the source are thrown, after the results before them', async () => {
    const { latchkey } = await connected();
    async function* source() {
      yield* texts(5);
      throw new Error('disk');
    }
    const results: number[] = [];
    const iteration = async () => {
      for await (const { index } of latchkey.encryptMany(source(), { keyId: 'k' })) results.push(index);
    };
    await expect(iteration).rejects.toThrow('disk');
    expect(results).toEqual([0, 1, 2, 3, 4]);
  });

  test('a server that is not there is said at once', async () => {
    const { address, stop } = await serve({});
    stop();
    const latchkey = connect({ address });
    cleanups.push(() => latchkey.close());
    const begun = Date.now();
    await expect(all(latchkey.encryptMany(texts(1), { keyId: 'k' }))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      reason: undefined,
    });
    expect(Date.now() - begun).toBeLessThan(5_000);
  });

  test('a server that is too old says so', async () => {
    const server = await serve({});
    const latchkey = connect({ address: server.address });
    cleanups.push(server.stop, () => latchkey.close());
    await expect(all(latchkey.encryptMany(texts(1), { keyId: 'k' }))).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  });

  test.each([
    ['of another call', { batch_decrypt: { plaintexts: [Buffer.of(1)] } }, 'INTERNAL'],
    ['with too few results', { batch_encrypt: { ciphertext_blobs: [] } }, 'DATA_LOSS'],
    ['with an empty result and no error', { batch_encrypt: { ciphertext_blobs: [Buffer.alloc(0)] } }, 'DATA_LOSS'],
  ])('an answer %s is none', async (_, response, code) => {
    const server = await serve({ Exchange: () => response });
    const latchkey = connect({ address: server.address });
    cleanups.push(server.stop, () => latchkey.close());
    await expect(all(latchkey.encryptMany(texts(1), { keyId: 'k' }))).rejects.toMatchObject({ code, reason: undefined });
  });

  test('an item that no message holds fails alone', async () => {
    const { latchkey } = await connected({ limits: { max_message_bytes: 200_000, max_reply_bytes: 200_000 } });
    const results = await all(
      latchkey.encryptMany([Buffer.alloc(10, 1), Buffer.alloc(150_000), Buffer.alloc(10, 1)], { keyId: 'k' }),
    );
    expect(reasons(results)).toEqual([[1, 'INVALID_REQUEST', 'INVALID_ARGUMENT']]);
  });
});

describe('sizes', () => {
  test('keep to what the server takes', async () => {
    const { latchkey, seen } = await connected({ limits: { max_batch_items: 7 } });
    await ciphertexts(latchkey, texts(20));
    expect(seen.batches).toEqual([7, 7, 6]);
    const narrow = await connected({ limits: { max_message_bytes: 200_000, max_reply_bytes: 100_000 } });
    await ciphertexts(
      narrow.latchkey,
      Array.from({ length: 10 }, () => Buffer.alloc(10_000, 1)),
    );
    expect(narrow.seen.batches).toEqual([3, 3, 3, 1]);
  });

  test('shrink when a reply would be too large', async () => {
    let refused = 0;
    const tooLarge = new Refusal('RESOURCE_EXHAUSTED', 'Too large.', { reason: 'RESPONSE_TOO_LARGE' });
    const { latchkey, seen } = await connected({
      fault: (request) => ((request.batch_encrypt?.plaintexts.length ?? 0) > 1500 && (refused += 1) > 0 ? tooLarge : undefined),
    });
    const results = await all(latchkey.encryptMany(texts(40_000), { keyId: 'k' }));
    expect(results.map(({ index }) => index)).toEqual(results.map((_, index) => index));
    expect(results.length).toBe(40_000);
    expect(reasons(results)).toEqual([]);
    // Those that were under way are halved twice; later ones are small from the beginning.
    expect(refused).toBeLessThan(20);
    expect(Math.max(...seen.batches.slice(-5))).toBeLessThanOrEqual(1024);
  });
});

describe('an end before the end', () => {
  test('of who takes the results ends the source and what is under way', async () => {
    let batches = 0;
    const { latchkey, seen } = await connected({ fault: () => ((batches += 1) === 1 ? undefined : 'hang') });
    let ended = false;
    async function* source() {
      try {
        for (;;) yield* texts(1000);
      } finally {
        ended = true;
      }
    }
    for await (const { index } of latchkey.encryptMany(source(), { keyId: 'k' })) if (index === 10) break;
    expect(ended).toBe(true);
    await expect.poll(() => seen.inFlight).toBe(0);
    expect(seen.cancelled).toBeGreaterThan(0);
    // The stream goes on.
    batches = 0;
    await ciphertexts(latchkey, texts(10));
    expect(seen.streams).toBe(1);
  });

  test('by a signal throws its reason', async () => {
    const { latchkey, seen } = await connected({ fault: () => 'slow' });
    const controller = new AbortController();
    const reason = new Error('enough');
    const results = latchkey.encryptMany(texts(20_000), { keyId: 'k', signal: controller.signal });
    await results.next();
    const pending = all(results);
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect.poll(() => seen.inFlight).toBe(0);
    await expect(all(latchkey.encryptMany(texts(1), { keyId: 'k', signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  });

  test('by a signal does not wait for a source that is slow', async () => {
    const { latchkey } = await connected();
    async function* source() {
      yield Buffer.from('x');
      await new Promise(() => {});
    }
    const signal = AbortSignal.timeout(100);
    await expect(all(latchkey.encryptMany(source(), { keyId: 'k', signal }))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('by closing the connection fails what is under way', async () => {
    const { latchkey } = await connected({ fault: () => 'slow' });
    const pending = all(latchkey.encryptMany(texts(20_000), { keyId: 'k' }));
    setTimeout(() => latchkey.close(), 15);
    await expect(pending).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('no further ahead than allowed', () => {
  test('a slow consumer holds the source back', async () => {
    const { latchkey, seen } = await connected();
    let read = 0;
    let taken = 0;
    let furthest = 0;
    function* source() {
      for (; read < 100_000; read += 1) {
        furthest = Math.max(furthest, read - taken);
        yield Buffer.alloc(64, read);
      }
    }
    for await (const { index } of latchkey.encryptMany(source(), { keyId: 'k' })) {
      taken = index + 1;
      if (taken % 10_000 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(taken).toBe(100_000);
    // Four batches under way or answered, one that is handed out, one that is being read.
    expect(furthest).toBeLessThanOrEqual(6 * 4096 + 1);
    expect(furthest).toBeGreaterThan(4096);
    expect(seen.greatestInFlight).toBeLessThanOrEqual(4);
  });

  test('nobody who asks: nothing is read', async () => {
    const { latchkey, seen } = await connected();
    let read = 0;
    function* source() {
      for (;;) {
        read += 1;
        yield Buffer.of(1);
      }
    }
    const results = latchkey.encryptMany(source(), { keyId: 'k' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect({ read, streams: seen.streams }).toEqual({ read: 0, streams: 0 });
    await results.return(undefined);
  });
});
