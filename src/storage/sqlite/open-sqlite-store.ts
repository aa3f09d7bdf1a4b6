import { join, resolve } from 'node:path';
import type { Store } from '../store.ts';
import { createDatabaseFile } from './database-file.ts';
import { openDatabase } from './open-database.ts';
import { SqliteStore } from './sqlite-store.ts';

/**
 * Opens the store in `dataDirectory`, creating both when they are missing, and owns it until `close` or the end of the
 * process. Throws `StartRefused` when another process owns it or the file is not a sound store of a version known here.
 */
export async function openSqliteStore({ dataDirectory }: { readonly dataDirectory: string }): Promise<Store> {
  const path = join(resolve(dataDirectory), databaseFileName);
  createDatabaseFile(path);
  return new SqliteStore(openDatabase(path));
}

const databaseFileName = 'latchkey.db';
