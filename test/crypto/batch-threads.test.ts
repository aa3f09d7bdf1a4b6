import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { type BatchOperation, nativeStatuses, operations } from '../../src/crypto/native.ts';
import { keyArn, openTable, outFor, requestOf, responseOf, run, statuses } from './batch-table.ts';

const workerPath = fileURLToPath(new URL('batch-worker.ts', import.meta.url));
const plaintexts = Array.from({ length: 500 }, (_, item) => Buffer.from(`plaintext ${item}`));
const encryptRequest = requestOf('BatchEncrypt', { key_id: 'k', plaintexts });

type Opened = ReturnType<typeof openTable>;

/** The status that it was refused with at once, or what it answered later. */
async function start(
  { table }: Opened,
  operation: BatchOperation,
  request: Buffer,
  ...keys: readonly number[]
): Promise<string | Buffer> {
  const given = statuses('refused');
  const out = outFor(table, operation, request, given);
  return new Promise((resolve) => {
    const settle = (answer: number) => resolve(answer < 0 ? nativeStatuses[-answer]! : out.subarray(0, answer));
    const refused = table.startBatch(operations.indexOf(operation), request, Float64Array.from(keys), keyArn, given, out, settle);
    if (refused < 0) resolve(nativeStatuses[-refused]!);
  });
}

/** A BatchEncrypt whose answer goes into memory that was made before. */
async function startInto(
  { table }: Opened,
  { request, out, given }: { request: Buffer; out: Buffer; given: Buffer[] },
  handle: number,
): Promise<string | Buffer> {
  return new Promise((resolve) => {
    table.startBatch(operations.indexOf('BatchEncrypt'), request, Float64Array.of(handle), keyArn, given, out, (answer) =>
      resolve(answer < 0 ? nativeStatuses[-answer]! : out.subarray(0, answer)),
    );
  });
}

/** 16 MiB: milliseconds of work. */
function largeRequest(): Buffer {
  return requestOf('BatchEncrypt', { key_id: 'k', plaintexts: Array.from({ length: 64 }, () => Buffer.alloc(1 << 18)) });
}

async function response(opened: Opened, operation: BatchOperation, request: Buffer, ...keys: readonly number[]) {
  const answer = await start(opened, operation, request, ...keys);
  if (typeof answer === 'string') throw new Error(answer);
  return responseOf(operation, answer);
}

describe('batches on threads', () => {
  it('answer as those that run at once', async () => {
    const opened = openTable();
    const { handle } = opened.addKey();
    const sealed = await response(opened, 'BatchEncrypt', encryptRequest, handle);
    expect(sealed.key_arn).toBe(keyArn.toString());
    const decryptRequest = requestOf('BatchDecrypt', { ciphertext_blobs: [...sealed.ciphertext_blobs, Buffer.alloc(0)] });
    expect(run(opened.table, 'BatchDecrypt', decryptRequest, [handle]).plaintexts.slice(0, -1)).toEqual(plaintexts);
    const onThread = await response(opened, 'BatchDecrypt', decryptRequest, handle);
    expect(onThread.plaintexts.slice(0, -1)).toEqual(plaintexts);
    expect(onThread.errors).toMatchObject([{ status: { message: 'CIPHERTEXT_MISSING' }, indexes: [500] }]);
    expect(await start(opened, 'BatchDecrypt', decryptRequest, -7)).toBeInstanceOf(Buffer);
  });

  it('never answer before they were started', () => {
    const { table, addKey } = openTable();
    const { handle } = addKey();
    const given = statuses();
    const out = outFor(table, 'BatchEncrypt', encryptRequest, given);
    let answered = false;
    const done = () => (answered = true);
    expect(
      table.startBatch(operations.indexOf('BatchEncrypt'), encryptRequest, Float64Array.of(handle), keyArn, given, out, done),
    ).toBe(0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    expect(answered).toBe(false);
  });

  it('are not disturbed by an eviction, and count for the key table', async () => {
    const opened = openTable();
    const { handle } = opened.addKey();
    const pending = Array.from({ length: 20 }, async () => response(opened, 'BatchEncrypt', encryptRequest, handle));
    expect(opened.table.evict(handle)).toBe(true);
    expect(opened.table.stats().liveCipherContexts).toBe(20);
    for (const { ciphertext_blobs } of await Promise.all(pending)) expect(ciphertext_blobs).toHaveLength(500);
    const { liveCipherContexts, operations: counts } = opened.table.stats();
    expect(liveCipherContexts).toBe(0);
    const row = operations.indexOf('BatchEncrypt') * 6;
    expect([counts[row], counts[row + 4], counts[row + 5]]).toEqual([20, 10_000, 0]);
    expect(await start(opened, 'BatchEncrypt', encryptRequest, handle)).toBe('NO_SUCH_HANDLE');
  });

  it('wait in a bounded queue', async () => {
    const { table, addKey } = openTable();
    const keys = Float64Array.of(addKey().handle);
    const large = largeRequest();
    const given = statuses();
    // All is prepared, so that the queue fills before the first of the large ones, more than there are threads, is done.
    const batches = Array.from({ length: 309 }, (_, batch) => {
      const request = batch < 9 ? large : encryptRequest;
      return { request, out: outFor(table, 'BatchEncrypt', request, given) };
    });
    let answered = 0;
    const started = batches.map(({ request, out }) =>
      table.startBatch(operations.indexOf('BatchEncrypt'), request, keys, keyArn, given, out, (answer) => {
        expect(answer).toBeGreaterThan(0);
        answered++;
      }),
    );
    const accepted = started.filter((answer) => answer === 0).length;
    expect(accepted).toBeGreaterThanOrEqual(256);
    expect(new Set(started.map((answer) => nativeStatuses[-answer]))).toEqual(new Set(['OK', 'BATCH_BUSY']));
    await vi.waitFor(() => {
      expect(answered).toBe(accepted);
    }, 10_000);
  });

  it('end when the table is closed: those that wait with MEMORY_WIPED', async () => {
    const opened = openTable();
    const { handle } = opened.addKey();
    const given = statuses('refused');
    // Prepared, and larger at first, so that some still wait when it is closed.
    const batches = [...Array.from({ length: 9 }, largeRequest), ...Array.from({ length: 91 }, () => encryptRequest)].map(
      (request) => ({ request, out: outFor(opened.table, 'BatchEncrypt', request, given) }),
    );
    const pending = batches.map(async ({ request, out }) => startInto(opened, { request, out, given }, handle));
    opened.table.close();
    const answers = await Promise.all(pending);
    expect(answers.every((answer) => answer === 'MEMORY_WIPED' || answer instanceof Buffer)).toBe(true);
    expect(answers).toContain('MEMORY_WIPED');
    expect(opened.table.stats().liveCipherContexts).toBe(0);
    expect(await start(opened, 'BatchEncrypt', encryptRequest, handle)).toBe('NO_SUCH_HANDLE');
  });

  it('refuse at once what is not a function', () => {
    const { table, addKey } = openTable();
    const { handle } = addKey();
    const answer = table.startBatch(
      7,
      encryptRequest,
      Float64Array.of(handle),
      keyArn,
      statuses(),
      Buffer.alloc(99),
      undefined as never,
    );
    expect(nativeStatuses[-answer]).toBe('INVALID_ARGUMENT');
  });

  it('do not survive the worker that started them, nor crash it', async () => {
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(workerPath);
      await once(worker, 'message');
      expect(await worker.terminate()).toBe(1);
    }
  });

  it('do not keep a process from exiting', () => {
    expect(spawnSync(process.execPath, [workerPath]).status).toBe(7);
  });
});
