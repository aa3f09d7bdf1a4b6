import Database from 'better-sqlite3';
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { StartRefused } from '../../errors.ts';
import { applicationId, migrate, storeVersion, versionOf } from './migrations.ts';

/** A connection that owns the database at `path`, sound and in the newest layout. Throws `StartRefused`. */
export function openDatabase(path: string): Database.Database {
  const database = connect(path);
  try {
    // Before the first read: from then on no other process can read or write the file, and the lock dies with the process.
    database.pragma('locking_mode = EXCLUSIVE');
    refuseForeign(database, path);
    refuseNewer(database, path);
    refuseDamaged(database, path);
    makeDurable(database, path);
    migrate(database);
    refuseForeignSchema(database, path);
    // What a commit erased before the process was killed may still be in the log.
    database.pragma('wal_checkpoint(TRUNCATE)');
    return database;
  } catch (error) {
    database.close();
    throw toRefusal(error, path);
  }
}

function connect(path: string): Database.Database {
  try {
    return new Database(path, { fileMustExist: true, timeout: 0 });
  } catch (error) {
    throw toRefusal(error, path);
  }
}

function refuseForeign(database: Database.Database, path: string): void {
  if (readNumber(database, 'page_count') === 0) {
    throw new StartRefused(`${path} is empty. ${restoreIt}`);
  }
  if (readNumber(database, 'application_id') !== applicationId) {
    throw new StartRefused(`${path} is another program's database. ${moveItAway}`);
  }
}

function refuseNewer(database: Database.Database, path: string): void {
  const version = versionOf(database);
  if (version <= storeVersion) return;
  throw new StartRefused(
    `${path} was written by a newer Latchkey: it has store version ${version}, this one knows versions up to ${storeVersion}. ` +
      'Run the newer Latchkey, or restore a backup made before the upgrade.',
  );
}

/** A trigger that somebody planted would undo changes that were acknowledged; a column of another type would not be what it says. */
function refuseForeignSchema(database: Database.Database, path: string): void {
  if (isDeepStrictEqual(schemaOf(database), expectedSchema())) return;
  throw new StartRefused(`${path} has tables, indexes or triggers that Latchkey did not make. ${restoreIt}`);
}

function expectedSchema(): unknown[] {
  const fresh = new Database(':memory:');
  try {
    migrate(fresh);
    return schemaOf(fresh);
  } finally {
    fresh.close();
  }
}

function schemaOf(database: Database.Database): unknown[] {
  return database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();
}

/** Reads every page once, about 2 ms per MB; what the records say is checked by their MACs instead. */
function refuseDamaged(database: Database.Database, path: string): void {
  const expectedBytes = readNumber(database, 'page_count') * readNumber(database, 'page_size');
  // With a log, the newest pages may be in the log only. Without one, SQLite would read a last page that is cut as zeros.
  if (sizeOf(`${path}-wal`) === 0 && sizeOf(path) < expectedBytes) {
    throw new StartRefused(`${path} is damaged (it has lost its end). ${restoreIt}`);
  }
  const finding = database.prepare<[], string>('PRAGMA quick_check(1)').pluck().get();
  if (finding !== 'ok') throw new StartRefused(`${path} is damaged (${finding ?? 'no answer'}). ${restoreIt}`);
}

function makeDurable(database: Database.Database, path: string): void {
  const journalMode = database.pragma('journal_mode = WAL', { simple: true });
  if (journalMode !== 'wal') throw new Error(`${path} cannot keep a write-ahead log; move it to a local file system.`);
  // The log reaches the disk before a commit is acknowledged. WAL's usual NORMAL loses acknowledged commits in a power cut.
  database.pragma('synchronous = FULL');
  // Deleted content is overwritten with zeros.
  database.pragma('secure_delete = ON');
  // The schema may have been written by someone without the root key: it may not call functions with side effects.
  database.pragma('trusted_schema = OFF');
}

function readNumber(database: Database.Database, pragma: 'page_count' | 'page_size' | 'application_id'): number {
  return database.prepare<[], number>(`PRAGMA ${pragma}`).pluck().get() ?? 0;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function toRefusal(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code.startsWith('SQLITE_BUSY')) {
    return new StartRefused(`${path} is in use by another process. Stop that one, or name another folder in LATCHKEY_DATA_DIR.`, {
      cause: error,
    });
  }
  if (error.code === 'SQLITE_NOTADB') {
    return new StartRefused(`${path} is not a database. ${moveItAway}`, { cause: error });
  }
  if (error.code.startsWith('SQLITE_CORRUPT')) {
    return new StartRefused(`${path} is damaged (${error.message}). ${restoreIt}`, { cause: error });
  }
  return new Error(`${path} cannot be opened: ${error.message}.`, { cause: error });
}

const restoreIt = 'Restore it from a backup; nothing was changed or made anew.';
const moveItAway = 'If it was a store, restore it from a backup; if not, choose another data directory.';
