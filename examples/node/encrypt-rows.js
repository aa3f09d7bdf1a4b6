// Encrypts a column of many rows in batches: `node examples/node/encrypt-rows.js [rows]`, a million when not given.
// Each value is bound to the id of its row, so that it cannot be moved to another.
import { connect } from 'latchkey/client';

const rowCount = Number(process.argv[2] ?? 1_000_000);
const rowsPerBatch = 1000;
const batchesInFlight = 4;

const latchkey = connect({ address: process.env.LATCHKEY_ADDRESS ?? '127.0.0.1:50051' });
const { key_metadata: key } = await latchkey.keys.createKey({ description: 'Customers' });
const common = { encryption_context: { table: 'customers' }, item_context_key: 'id' };
let encryptedCount = 0;
const sample = [];

const started = performance.now();
const batches = readBatches();
await Promise.all(Array.from({ length: batchesInFlight }, encryptBatches));
const seconds = (performance.now() - started) / 1000;
console.log(`${encryptedCount} of ${rowCount} rows in ${seconds.toFixed(2)} s, ${Math.round(encryptedCount / seconds)} rows/s`);
await verifySample();
if (encryptedCount < rowCount) process.exitCode = 1;
latchkey.close();

// A table, which a program of your own would read from somewhere.
function* readBatches() {
  for (let first = 1; first <= rowCount; first += rowsPerBatch) {
    const length = Math.min(rowsPerBatch, rowCount - first + 1);
    yield Array.from({ length }, (_, index) => ({ id: String(first + index), email: `customer-${first + index}@example.com` }));
  }
}

// Several of these run at once and share the batches, so that the server always has work.
async function encryptBatches() {
  for (const rows of batches) {
    const { ciphertext_blobs, errors, failed_count } = await latchkey.crypto.batchEncrypt({
      ...common,
      key_id: key.key_id,
      plaintexts: rows.map(({ email }) => Buffer.from(email)),
      item_context_values: rows.map(({ id }) => id),
    });
    for (const { status, indexes } of errors)
      console.error(`Not encrypted, ${status.message}: rows ${indexes.map((index) => rows[index].id).join(', ')}`);
    const encrypted = rows.map((row, index) => ({ ...row, ciphertext: ciphertext_blobs[index] })).filter(isEncrypted);
    encryptedCount += rows.length - failed_count;
    // Here `encrypted` would be written back.
    sample.push(...encrypted.slice(0, 1));
  }
}

// A row that failed has an empty ciphertext.
function isEncrypted({ ciphertext }) {
  return ciphertext.length > 0;
}

// Of every batch, one row.
async function verifySample() {
  const rows = sample.slice(0, 1000);
  if (rows.length === 0) return;
  const { plaintexts, failed_count } = await latchkey.crypto.batchDecrypt({
    ...common,
    ciphertext_blobs: rows.map(({ ciphertext }) => ciphertext),
    item_context_values: rows.map(({ id }) => id),
  });
  const good = rows.filter(({ email }, index) => plaintexts[index].toString() === email).length;
  console.log(`${good} of ${rows.length} rows decrypt to what they were`);
  if (failed_count > 0 || good < rows.length) process.exitCode = 1;
}
