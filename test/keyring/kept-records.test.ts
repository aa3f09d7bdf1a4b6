import { describe, expect, it } from 'vitest';
import { decodeServiceTime, encodeServiceTime } from '../../src/keyring/mark-record.ts';
import { decodeTombstone, encodeTombstone } from '../../src/keyring/tombstone-record.ts';
import type { SealedRecord } from '../../src/storage/store.ts';
import { exampleKey } from '../keys/example-key.ts';

const sealed = (record: Uint8Array): SealedRecord => ({ record, domainKeyId: new Uint8Array(16), mac: new Uint8Array(32) });
const json = (record: Uint8Array): unknown => JSON.parse(Buffer.from(record).toString());

describe('the mark of the time', () => {
  const time = { highWater: 1_790_000_000_000, runningMs: 2, lookedAt: 3, countedUpTo: 4 };
  const row = (record: Uint8Array) => ({ kind: 'mark', name: 'time', ...sealed(record) }) as const;

  it('reads back as written', () => {
    expect(decodeServiceTime(row(encodeServiceTime(time)))).toEqual(time);
  });

  it('keeps what a newer version wrote, and nothing older of its own', () => {
    const newer = Buffer.from(JSON.stringify({ version: 1, ...time, zone: 'moon' }));
    expect(json(encodeServiceTime({ highWater: 4, runningMs: 5, lookedAt: 6, countedUpTo: 7 }, newer))).toEqual({
      version: 1,
      highWater: 4,
      runningMs: 5,
      lookedAt: 6,
      countedUpTo: 7,
      zone: 'moon',
    });
  });

  it.each(['highWater', 'runningMs', 'lookedAt', 'countedUpTo'])('fails loudly without a whole %s', (name) => {
    for (const value of [undefined, -1, 0.5, '1']) {
      const record = Buffer.from(JSON.stringify({ version: 1, ...time, [name]: value }));
      expect(() => decodeServiceTime(row(record))).toThrow(/A record/);
    }
  });
});

describe('a tombstone', () => {
  const { keyId } = exampleKey();
  const tombstone = { keyId, createdAt: 1, deletionRequestedAt: 2, destroyedAt: 3, materialCount: 4 };
  const row = { kind: 'tombstone', keyId, ...sealed(encodeTombstone(tombstone)) } as const;

  it('reads back as written', () => {
    expect(decodeTombstone(row)).toEqual(tombstone);
    expect(json(row.record)).toEqual({ version: 1, ...tombstone });
  });

  it('is not believed of another key', () => {
    expect(decodeTombstone({ ...row, keyId: 'ffffffff-4455-6677-8899-aabbccddeeff' })).toBeUndefined();
  });

  it.each(['keyId', 'createdAt', 'deletionRequestedAt', 'destroyedAt', 'materialCount'])('fails loudly without %s', (name) => {
    const record = Buffer.from(JSON.stringify({ version: 1, ...tombstone, [name]: undefined }));
    expect(() => decodeTombstone({ ...row, ...sealed(record) })).toThrow(/A record/);
  });
});
