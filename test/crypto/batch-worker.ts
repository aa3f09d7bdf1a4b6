import { parentPort } from 'node:worker_threads';
import { operations } from '../../src/crypto/native.ts';
import { keyArn, openTable, outFor, requestOf, statuses } from './batch-table.ts';

/** Starts more batches than there is time for; batch-threads.test.ts ends it meanwhile, or it ends itself as a process. */
const { table, addKey } = openTable();
const { handle } = addKey();
const request = requestOf('BatchEncrypt', {
  key_id: 'k',
  plaintexts: Array.from({ length: 16 }, () => Buffer.alloc(1 << 20, 'p')),
});
const given = statuses();
// One for all: nobody reads what they write.
const out = outFor(table, 'BatchEncrypt', request, given);
for (let batch = 0; batch < 250; batch++) {
  table.startBatch(operations.indexOf('BatchEncrypt'), request, Float64Array.of(handle), keyArn, given, out, () => {});
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the rule takes the port for a window
parentPort?.postMessage('started');
if (!parentPort) setTimeout(() => process.exit(7), 20);
