import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dataKeyCache } from '../../src/client/connect.ts';
import type { DataKey } from '../../src/client/connect.ts';
import { plainCrypto } from './plain-crypto.ts';

const minute = 60_000;
const use = { keyId: 'k', bytes: 10 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('toEncrypt', () => {
  test('hands out one data key until one of its bounds is reached', async () => {
    const latchkey = plainCrypto();
    const keys = dataKeyCache(latchkey, { maxAgeMs: minute, maxMessages: 3, maxBytes: 100 });
    const first = await keys.toEncrypt(use);
    expect([await keys.toEncrypt(use), await keys.toEncrypt(use)]).toEqual([first, first]);
    const fourth = await keys.toEncrypt({ ...use, bytes: 60 });
    expect(fourth).not.toBe(first);
    expect(await keys.toEncrypt({ ...use, bytes: 40 })).toBe(fourth);
    const overBytes = await keys.toEncrypt({ ...use, bytes: 1 });
    expect(overBytes).not.toBe(fourth);
    expect(latchkey.calls).toHaveLength(3);
  });

  test('forgets a data key when its time is over, used or not', async () => {
    const latchkey = plainCrypto();
    const keys = dataKeyCache(latchkey, { maxAgeMs: minute });
    const first = await keys.toEncrypt(use);
    vi.advanceTimersByTime(minute - 1);
    expect(await keys.toEncrypt(use)).toBe(first);
    vi.advanceTimersByTime(1);
    expect(await keys.toEncrypt(use)).not.toBe(first);
    vi.advanceTimersByTime(minute);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('has one for each key and context, in whatever order its pairs are', async () => {
    const keys = dataKeyCache(plainCrypto(), { maxAgeMs: minute });
    const one = await keys.toEncrypt({ ...use, encryptionContext: { a: '1', b: '2' } });
    expect(await keys.toEncrypt({ ...use, encryptionContext: { b: '2', a: '1' } })).toBe(one);
    const others = [
      use,
      { ...use, keyId: 'other' },
      { ...use, encryptionContext: { a: '1' } },
      { ...use, encryptionContext: { a: '1","b', b: '2' } },
      { ...use, encryptionContext: { a: '2', b: '1' } },
    ];
    const distinct = new Set<DataKey>([one]);
    for (const other of others) distinct.add(await keys.toEncrypt(other));
    expect(distinct.size).toBe(6);
  });

  test('makes one call for all who miss at the same time, and lets none of them exceed a bound', async () => {
    const latchkey = plainCrypto();
    const keys = dataKeyCache(latchkey, { maxAgeMs: minute, maxMessages: 4 });
    const handedOut = await Promise.all(Array.from({ length: 10 }, () => keys.toEncrypt(use)));
    const uses = new Map<DataKey, number>();
    for (const key of handedOut) uses.set(key, (uses.get(key) ?? 0) + 1);
    expect([...uses.values()]).toEqual([4, 4, 2]);
    expect(latchkey.calls).toHaveLength(3);
  });

  test('gives a message that is longer than the bound a data key of its own', async () => {
    const latchkey = plainCrypto();
    const keys = dataKeyCache(latchkey, { maxAgeMs: minute, maxBytes: 100 });
    const cached = await keys.toEncrypt(use);
    const large = await keys.toEncrypt({ ...use, bytes: 101 });
    expect(large).not.toBe(cached);
    expect(await keys.toEncrypt({ ...use, bytes: 101 })).not.toBe(large);
    expect(await keys.toEncrypt(use)).toBe(cached);
  });

  test('holds so many at most: the least recently used leaves', async () => {
    const keys = dataKeyCache(plainCrypto(), { maxAgeMs: minute, maxEntries: 2 });
    const one = await keys.toEncrypt({ ...use, keyId: '1' });
    const two = await keys.toEncrypt({ ...use, keyId: '2' });
    expect(await keys.toEncrypt({ ...use, keyId: '1' })).toBe(one);
    await keys.toEncrypt({ ...use, keyId: '3' });
    expect(await keys.toEncrypt({ ...use, keyId: '1' })).toBe(one);
    expect(await keys.toEncrypt({ ...use, keyId: '2' })).not.toBe(two);
    expect(vi.getTimerCount()).toBe(2);
  });

  test('tells all who wait of a failure, and does not keep it', async () => {
    const latchkey = plainCrypto();
    let failures = 1;
    const crypto: typeof latchkey.crypto = {
      ...latchkey.crypto,
      generateDataKey: async (request) => {
        if (failures-- > 0) throw new Error('no server');
        return latchkey.crypto.generateDataKey(request);
      },
    };
    const keys = dataKeyCache({ crypto }, { maxAgeMs: minute });
    expect(await Promise.allSettled([keys.toEncrypt(use), keys.toEncrypt(use)])).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ]);
    expect((await keys.toEncrypt(use)).key.symmetricKeySize).toBe(32);
    expect(vi.getTimerCount()).toBe(1);
  });

  test('wipes the bytes that came from the server, and forgets all when it is told to', async () => {
    const latchkey = plainCrypto();
    const keys = dataKeyCache(latchkey, { maxAgeMs: minute });
    const first = await keys.toEncrypt(use);
    await keys.toDecrypt(first);
    expect(latchkey.plaintexts).toEqual([Buffer.alloc(32), Buffer.alloc(32)]);
    keys.clear();
    expect(await keys.toEncrypt(use)).not.toBe(first);
    expect(first.key.export().equals(Buffer.alloc(32))).toBe(false);
    expect(vi.getTimerCount()).toBe(1);
  });

  test.each([-1, 1.5, NaN])('refuses a message of %d bytes', async (bytes) => {
    await expect(dataKeyCache(plainCrypto(), { maxAgeMs: minute }).toEncrypt({ ...use, bytes })).rejects.toThrow(RangeError);
  });
});

describe('toDecrypt', () => {
  test('answers the key that encrypted, with one call until its time is over', async () => {
    const latchkey = plainCrypto();
    const keys = dataKeyCache(latchkey, { maxAgeMs: minute, maxMessages: 1 });
    const encryptionContext = { tenant: 'acme' };
    const { key, ciphertextBlob } = await keys.toEncrypt({ ...use, encryptionContext });
    const encrypted = { ciphertextBlob, encryptionContext };
    const opened = await Promise.all([keys.toDecrypt(encrypted), keys.toDecrypt(encrypted), keys.toDecrypt(encrypted)]);
    for (const same of opened) expect(same.key.equals(key)).toBe(true);
    expect(latchkey.calls).toEqual(['GenerateDataKey k', 'Decrypt k']);
    vi.advanceTimersByTime(minute);
    await keys.toDecrypt(encrypted);
    expect(latchkey.calls).toHaveLength(3);
  });

  test('does not answer from the cache for another context or key', async () => {
    const keys = dataKeyCache(plainCrypto(), { maxAgeMs: minute });
    const { ciphertextBlob } = await keys.toEncrypt({ ...use, encryptionContext: { a: '1' } });
    await keys.toDecrypt({ ciphertextBlob, encryptionContext: { a: '1' } });
    await expect(keys.toDecrypt({ ciphertextBlob, encryptionContext: { a: '2' } })).rejects.toMatchObject({
      reason: 'INVALID_CIPHERTEXT',
    });
    await expect(keys.toDecrypt({ ciphertextBlob, encryptionContext: { a: '1' }, keyId: 'other' })).rejects.toMatchObject({
      reason: 'INCORRECT_KEY',
    });
  });
});

test.each([
  { maxAgeMs: 0 },
  { maxAgeMs: Infinity },
  { maxAgeMs: 25 * 24 * 60 * minute },
  { maxAgeMs: 1, maxMessages: 2 ** 32 + 1 },
  { maxAgeMs: 1, maxBytes: 0.5 },
  { maxAgeMs: 1, maxEntries: 0 },
])('the bounds %j are refused', (bounds) => {
  expect(() => dataKeyCache(plainCrypto(), bounds)).toThrow(RangeError);
});
