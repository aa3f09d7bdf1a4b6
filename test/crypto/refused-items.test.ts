import { afterAll, describe, expect, it } from 'vitest';
import { BatchCalls, type BatchDecision } from '../../src/crypto/batch-calls.ts';
import type { ItemVerdicts } from '../../src/crypto/item-verdicts.ts';
import { type BatchOperation, loadNativeAddon, operations } from '../../src/crypto/native.ts';
import { KmsError } from '../../src/errors.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { keyArn, openTable, outFor, requestOf, responseOf, statuses } from './batch-table.ts';

const opened = openTable();
const { table } = opened;
const [one, two] = [opened.addKey(), opened.addKey()];
afterAll(() => table.close());
const status = loadProtocol().message('google.rpc.Status');
const calls = new BatchCalls(table, ({ reason }) => status.serialize({ message: reason }));
const denied = new KmsError('ACCESS_DENIED', 'No.');

async function answer(operation: BatchOperation, request: object, decision: Omit<BatchDecision, 'arnBytes'>) {
  const batch = calls.parse(operation, requestOf(operation, request), 2 ** 26);
  const response = responseOf(
    operation,
    await calls.run(batch, { arnBytes: keyArn, ...decision }, verdictsOf(calls.verdicts(batch, { arnBytes: keyArn, ...decision }))),
  );
  const errors = Object.fromEntries(response.errors.map(({ status: { message }, indexes }) => [message, indexes]));
  return { ...response, errors };
}

function verdictsOf(deciding: ReturnType<BatchCalls['verdicts']>): ItemVerdicts | undefined {
  for (;;) {
    const next = deciding?.next();
    if (next === undefined || next.done) return next?.value;
  }
}

/** Ciphertexts of 'p', each under its key and in the context of its row. */
async function encrypted(rows: readonly string[], key = one): Promise<readonly Buffer[]> {
  const request = { key_id: 'k', plaintexts: rows.map(() => Buffer.from('p')), item_context_key: 'row', item_context_values: rows };
  return (await answer('BatchEncrypt', request, { encrypting: key.handle })).ciphertext_blobs;
}

/** Refuses a value of the column, and writes down what it was asked. */
function refusing(refused: string, asked: unknown[] = []) {
  return (value: string, material?: number): KmsError | undefined => {
    asked.push([value, material]);
    return value === refused ? denied : undefined;
  };
}

describe('items that are refused for their column', () => {
  const rows = ['a', 'b', 'a', 'c', 'b'];
  const column = { item_context_key: 'row', item_context_values: rows };

  it('fail alone, and it is asked once for each value', async () => {
    const asked: unknown[] = [];
    const request = { key_id: 'k', plaintexts: rows.map(() => Buffer.from('p')), ...column };
    const { errors, failed_count, ciphertext_blobs } = await answer('BatchEncrypt', request, {
      encrypting: one.handle,
      refusedItems: { ofColumn: refusing('b', asked) },
    });
    expect(asked).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['c', undefined],
    ]);
    expect({ errors, failed_count }).toEqual({ errors: { ACCESS_DENIED: [1, 4] }, failed_count: 2 });
    expect(ciphertext_blobs.map(({ length }) => length)).toEqual([75, 0, 75, 75, 0]);
  });

  it('of several backing keys are asked about with each', async () => {
    const [first, second] = [await encrypted(rows, one), await encrypted(rows, two)];
    const ciphertext_blobs = [first[0]!, second[1]!, second[2]!, first[3]!, Buffer.from('no structure')];
    const asked: unknown[] = [];
    const { errors, plaintexts } = await answer(
      'BatchDecrypt',
      { ciphertext_blobs, ...column },
      {
        decrypting: [one.handle, two.handle],
        refusedItems: {
          ofColumn: (value, material) => (asked.push([value, material]), value === 'a' && material === 1 ? denied : undefined),
        },
      },
    );
    expect(asked).toEqual([
      ['a', 0],
      ['b', 1],
      ['a', 1],
      ['c', 0],
    ]);
    expect(errors).toEqual({ ACCESS_DENIED: [2], INVALID_CIPHERTEXT: [4] });
    expect(plaintexts.map(String)).toEqual(['p', 'p', '', 'p', '']);
  });

  it('are refused before what their backing keys are refused with, in one error with it if the reason is the same', async () => {
    const ciphertext_blobs = await encrypted(rows);
    const request = { ciphertext_blobs, ...column };
    const decide = (reason: 'INCORRECT_KEY' | 'ACCESS_DENIED') => ({
      decrypting: [new KmsError(reason, 'No.')],
      refusedItems: { ofColumn: refusing('a') },
    });
    expect((await answer('BatchDecrypt', request, decide('INCORRECT_KEY'))).errors).toEqual({
      ACCESS_DENIED: [0, 2],
      INCORRECT_KEY: [1, 3, 4],
    });
    expect((await answer('BatchDecrypt', request, decide('ACCESS_DENIED'))).errors).toEqual({ ACCESS_DENIED: [0, 1, 2, 3, 4] });
  });

  it('of a BatchReEncrypt may be so for its source or its destination', async () => {
    const request = {
      ciphertext_blobs: await encrypted(rows),
      destination_key_id: 'k',
      source_item_context_key: 'row',
      source_item_context_values: rows,
      destination_item_context_key: 'line',
      destination_item_context_values: ['1', '2', '3', '4', '4'],
    };
    const asked: unknown[] = [];
    const { errors, re_encrypted } = await answer('BatchReEncrypt', request, {
      encrypting: two.handle,
      decrypting: [one.handle],
      refusedItems: {
        ofColumn: refusing('a'),
        ofDestinationColumn: (value) => (asked.push(value), value === '4' ? denied : undefined),
      },
    });
    expect(errors).toEqual({ ACCESS_DENIED: [0, 2, 3, 4] });
    expect(re_encrypted).toEqual([false, true, false, false, false]);
    expect(asked).toEqual(['2', '4']);
  });

  it('are not asked about when their value is too long for any context', async () => {
    const asked: unknown[] = [];
    const values = ['x'.repeat(100_000), 'a'];
    const request = {
      key_id: 'k',
      plaintexts: values.map(() => Buffer.from('p')),
      item_context_key: 'row',
      item_context_values: values,
    };
    const refusedItems = { ofColumn: refusing('a', asked) };
    expect((await answer('BatchEncrypt', request, { encrypting: one.handle, refusedItems })).errors).toEqual({
      INVALID_REQUEST: [0],
      ACCESS_DENIED: [1],
    });
    expect(asked).toEqual([['a', undefined]]);
  });

  it('are not asked about without a column', async () => {
    const asked: unknown[] = [];
    const refusedItems = { ofColumn: refusing('', asked), ofDestinationColumn: refusing('', asked) };
    const ciphertext_blobs = (
      await answer('BatchEncrypt', { key_id: 'k', plaintexts: [Buffer.from('p')] }, { encrypting: one.handle, refusedItems })
    ).ciphertext_blobs;
    const request = { ciphertext_blobs, destination_key_id: 'k' };
    const decision = { encrypting: two.handle, decrypting: [one.handle], refusedItems };
    expect((await answer('BatchReEncrypt', request, decision)).failed_count).toBe(0);
    expect(asked).toEqual([]);
  });

  it('fail on a thread too', async () => {
    const values = Array.from({ length: 1000 }, (_, item) => `row-${item % 10}`);
    const ciphertext_blobs = await encrypted(values);
    const request = { ciphertext_blobs, item_context_key: 'row', item_context_values: values };
    const running = answer('BatchDecrypt', request, { decrypting: [one.handle], refusedItems: { ofColumn: refusing('row-3') } });
    expect((await running).errors).toEqual({ ACCESS_DENIED: Array.from({ length: 100 }, (_, index) => 10 * index + 3) });
  });
});

it('verdicts that are none are refused', () => {
  const request = requestOf('BatchEncrypt', { key_id: 'k', plaintexts: [Buffer.from('p'), Buffer.from('q')] });
  const given = statuses('refused');
  const run = (verdicts: unknown) => {
    const answered = table.runBatch(
      operations.indexOf('BatchEncrypt'),
      request,
      Float64Array.of(one.handle),
      keyArn,
      given,
      outFor(table, 'BatchEncrypt', request, given),
      verdicts as Uint16Array,
    );
    return answered < 0 ? loadNativeAddon().statusNames[-answered] : 'OK';
  };
  expect(run(undefined)).toBe('OK');
  expect(run(new Uint16Array())).toBe('OK');
  expect(run(Uint16Array.of(0, given.length))).toBe('OK');
  expect(run(Uint16Array.of(0, given.length + 1))).toBe('INVALID_ARGUMENT');
  expect(run(Uint16Array.of(0))).toBe('INVALID_ARGUMENT');
  expect(run(Uint16Array.of(0, 0, 0))).toBe('INVALID_ARGUMENT');
  for (const other of [null, [0, 0], Uint8Array.of(0, 0), Uint32Array.of(0, 0), 'no']) expect(run(other)).toBe('INVALID_ARGUMENT');
});
