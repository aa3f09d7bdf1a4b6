import { once } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { interruptible } from './interruption.ts';
import { stageFile, writeFailure, writing } from './staged-file.ts';

/** The end of a pipeline of bytes or text. */
export type Sink = Writable | ((source: AsyncIterable<Buffer | string>) => Promise<void>);

/**
 * Runs what writes a result of any size to a file, or to stdout for `-`. The file is put in its place, mode 0600, when it is whole and
 * on the disk; after a failure or Ctrl-C nothing of it is left.
 */
export async function writeResult(path: string, write: (sink: Sink) => Promise<void>): Promise<void> {
  await (path === '-' ? write(toStdout) : writeFile(path, write));
}

/** As a function, since a pipeline would end stdout with its own failure, which then were one of writing. */
async function toStdout(source: AsyncIterable<Buffer | string>): Promise<void> {
  for await (const piece of source) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}

async function writeFile(path: string, write: (sink: Sink) => Promise<void>): Promise<void> {
  const staged = stageFile(path);
  // Opened at once, so that there is no moment at which the file appears after it was cleaned up.
  const fd = writing(path, () => openSync(staged.temporary, 'wx', 0o600));
  try {
    await interruptible(
      () => staged.discard(),
      () => write(createWriteStream(staged.temporary, { fd, flush: true })),
    );
    staged.commit();
  } catch (error) {
    // What the source fails with is a LocalFileError already, so any other failure of the system is the sink's.
    throw error instanceof Error && 'errno' in error ? writeFailure(path, error) : error;
  } finally {
    staged.discard();
  }
}
