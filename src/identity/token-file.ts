import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartRefused } from '../errors.ts';

/**
 * Writes a token to a file that only its owner can read, in place of an older one; when this fulfils it is on the disk. Throws
 * `StartRefused`.
 */
export async function writeTokenFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.new`;
  try {
    await unlink(unfinished).catch(ignoreAbsent);
    // Not through a link, and not into a file that somebody else made.
    await written(await open(unfinished, 'wx', 0o600), `${text}\n`);
    await rename(unfinished, path);
    await synced(await open(dirname(path), 'r'));
  } catch (cause) {
    throw new StartRefused(`${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
}

async function written(file: FileHandle, text: string): Promise<void> {
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name in a folder is there after a power loss only if the folder was synced. */
async function synced(directory: FileHandle): Promise<void> {
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
