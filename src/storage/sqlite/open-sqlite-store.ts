import { join, resolve } from 'node:path';
import { StartRefused } from '../../errors.ts';
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
  try {
    createDatabaseFile(path);
    return new SqliteStore(openDatabase(path));
  } catch (cause) {
    if (cause instanceof StartRefused) throw cause;
    throw new StartRefused(
      `${path} cannot be opened: ${String(cause)}. It needs a folder on a local disk with room, which this user may write to.`,
      {
        cause,
      },
    );
  }
}

const databaseFileName = 'latchkey.db';
