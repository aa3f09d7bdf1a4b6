import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { loadNativeAddon } from '../../src/crypto/native.ts';

/** Asks for more key pairs than there is time for; import.test.ts ends it meanwhile, or it ends itself as a process. */
const directory = (workerData ?? process.argv[2]) as string;
const table = new (loadNativeAddon().KeyTable)({ capacity: 1, maxPlaintextBytes: 4096 });
table.createRootKeyFile(directory, 'root.key');
table.openRootKeyFile(directory, 'root.key');
const importKeyId = table.createImportKey(table.createDomainKey().id).id;
for (let order = 0; order < 10; order++) {
  void table.createImportToken({ importKeyId, keyId: randomBytes(16), wrappingAlgorithm: 1, wrappingKeyBits: 4096, expiresAt: 1 });
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the rule takes the port for a window
parentPort?.postMessage('started');
if (!parentPort) setTimeout(() => process.exit(7), 50);
