// Encrypts a column of many rows: `node examples/node/encrypt-rows.js [rows]`, a million when not given.
// Each value is bound to the id of its row, so that it cannot be moved to another.
import { connect } from 'latchkey/client';

const [rows = '1000000'] = process.argv.slice(2);
if (!/^[1-9]\d{0,8}$/.test(rows)) {
  console.error('usage: node examples/node/encrypt-rows.js [rows]');
  process.exit(2);
}
const rowCount = Number(rows);
const latchkey = connect({ address: process.env.LATCHKEY_ADDRESS ?? '127.0.0.1:50051' });
const { key_metadata: key } = await latchkey.keys.createKey({ description: 'Customers' });
const bound = { encryptionContext: { table: 'customers' }, itemContextKey: 'id' };

let encryptedCount = 0;
const sample = [];
const started = performance.now();
// It reads the rows as it needs them, sends them in batches, several at once, and answers in their order.
for await (const { index, ciphertext, error } of latchkey.encryptMany(readRows(), { keyId: key.key_id, ...bound })) {
  const id = idOf(index);
  if (error) {
    console.error(`Not encrypted, ${error.message}: row ${id}`);
    continue;
  }
  // Here `ciphertext` would be written back to its row.
  encryptedCount += 1;
  if (index % 1000 === 0) sample.push({ itemContextValue: id, ciphertext });
}
const seconds = (performance.now() - started) / 1000;
console.log(`${encryptedCount} of ${rowCount} rows in ${seconds.toFixed(2)} s, ${Math.round(encryptedCount / seconds)} rows/s`);
await verifySample();
if (encryptedCount < rowCount) process.exitCode = 1;
latchkey.close();

// A table, which a program of your own would read from somewhere.
function* readRows() {
  for (let index = 0; index < rowCount; index++) {
    const id = idOf(index);
    yield { itemContextValue: id, plaintext: Buffer.from(emailOf(id)) };
  }
}

function idOf(index) {
  return String(index + 1);
}

function emailOf(id) {
  return `customer-${id}@example.com`;
}

async function verifySample() {
  let good = 0;
  for await (const { index, plaintext } of latchkey.decryptMany(sample, bound)) {
    if (plaintext?.toString() === emailOf(sample[index].itemContextValue)) good += 1;
  }
  console.log(`${good} of ${sample.length} rows decrypt to what they were`);
  if (good < sample.length) process.exitCode = 1;
}
