/**
 * A process that uses backing keys as the server does and says what its table holds: unlocks the store in the folder it is
 * given, encrypts and decrypts under every key, also in batches so large that the addon's threads work on copies of the keys,
 * evicts them all when told, and waits to be ended.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { openService } from '../e2e/in-process-service.ts';
import { openSqliteStore } from '../../src/storage/sqlite/open-sqlite-store.ts';

const [home = ''] = process.argv.slice(2);
const store = await openSqliteStore({ dataDirectory: `${home}/data` });
const service = await openService({ store, secretsDirectory: `${home}/secrets` });
const { value: keys } = await store.listKeys({ after: undefined, limit: 1000 });

const plaintexts = Array.from({ length: 200 }, () => Buffer.from('memory scan'));
const handles = new Set<number>();
for (const { keyId } of keys) {
  const ciphertext = await service.encrypt({ key_id: keyId, plaintext: Buffer.from('memory scan') });
  await service.decrypt({ ciphertext_blob: ciphertext });
  const blobs = await service.batchEncrypt({ key_id: keyId, plaintexts });
  await service.batchDecrypt({ ciphertext_blobs: blobs });
  await service.batchReEncrypt({ ciphertext_blobs: blobs, destination_key_id: keyId });
  handles.add(service.handleOf(ciphertext));
}
const say = () => process.stdout.write(`${JSON.stringify(service.table.stats())}\n`);
say();

const commands = createInterface(process.stdin);
await once(commands, 'line');
for (const handle of handles) service.table.evict(handle);
say();
await once(commands, 'close');
