import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartRefused } from '../../errors.ts';
import { applicationId, migrate } from './migrations.ts';

/**
 * Makes an empty store at `path` unless something is there; its directory too, readable by the owner only.
 * The file appears under its name complete and on the disk, or not at all: one that is empty or cut short is therefore
 * always a damaged store, never one that was about to be made.
 */
export function createDatabaseFile(path: string): void {
  createDirectory(dirname(path));
  // Looked at by name only: closing any descriptor of a database drops the locks that this process holds on it.
  if (existsSync(path)) return;
  refuseOrphanedLog(path);

  const temporaryPath = `${path}.${randomUUID()}.new`;
  try {
    writeNewFile(temporaryPath, emptyDatabase());
    linkSync(temporaryPath, path);
  } catch (error) {
    if (!isAlreadyThere(error)) throw error; // Another process made it meanwhile; opening decides who owns it.
  } finally {
    rmSync(temporaryPath, { force: true });
  }
  syncDirectory(dirname(path));
}

/** SQLite would replay the log of the lost database into the new one. */
function refuseOrphanedLog(path: string): void {
  for (const log of [`${path}-wal`, `${path}-journal`]) {
    if (existsSync(log)) {
      throw new StartRefused(`${log} is there but ${path} is missing. Restore both from a backup, or move the log away.`);
    }
  }
}

function emptyDatabase(): Uint8Array {
  const database = new Database(':memory:');
  try {
    database.pragma(`application_id = ${applicationId}`);
    migrate(database);
    return database.serialize();
  } finally {
    database.close();
  }
}

function writeNewFile(path: string, content: Uint8Array): void {
  const descriptor = openSync(path, 'wx', fileMode);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function createDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: directoryMode });
  if (first === undefined) {
    refuseOpenDirectory(directory);
    return;
  }
  for (let created = directory; created.length >= first.length; created = dirname(created)) {
    syncDirectory(dirname(created));
  }
}

/** Whoever may write to the directory may put another store in the place of ours. */
function refuseOpenDirectory(directory: string): void {
  const { uid, mode } = statSync(directory);
  if (uid === process.getuid?.() && (mode & writableByOthers) === 0) return;
  throw new StartRefused(
    `${directory} must belong to the user that runs the server and be writable by nobody else (chmod go-w ${directory}).`,
  );
}

/** A new name in a directory survives a power cut only when the directory itself was synchronised. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function isAlreadyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

// Whatever the umask, for the owner only. SQLite gives its log the mode of the database.
const fileMode = 0o600;
const directoryMode = 0o700;
const writableByOthers = 0o022;
