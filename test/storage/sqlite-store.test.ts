import { openSqliteStore } from '../../src/storage/sqlite/open-sqlite-store.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('The SQLite store', async () => {
  const { path, remove } = temporaryDirectory();
  return { open: () => openSqliteStore({ dataDirectory: path }), remove: async () => remove() };
});
