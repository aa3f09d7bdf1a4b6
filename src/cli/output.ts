import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { interruptible } from './interruption.ts';
import { type StagedFile, stageFile, writing } from './staged-file.ts';

export interface OutputFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Writes to stdout. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Says on stderr that --limit cut a list; JSON goes to programs, which know what they asked for. */
export function noteMore(more: boolean, { json }: { readonly json: boolean }): void {
  if (more && !json) process.stderr.write('There are more; raise --limit or leave it out.\n');
}

/** Writes to the file, or to stdout when there is no path or it is `-`. */
export function deliver(content: string | Uint8Array, path: string | undefined): void {
  if (path === undefined || path === '-') process.stdout.write(content);
  else writeFiles([{ path, content }]);
}

/**
 * Writes files whole or not at all, readable by their owner only: each is written and synced beside its place under a temporary
 * name, and when all are there, they are renamed. What stood there before is replaced.
 */
export function writeFiles(files: readonly OutputFile[]): void {
  const staged: StagedFile[] = [];
  try {
    for (const { path, content } of files) {
      const file = stageFile(path);
      staged.push(file);
      writing(path, () => writeNew(file.temporary, content));
    }
    for (const file of staged) file.commit();
  } finally {
    for (const file of staged) file.discard();
  }
}

/** Writes a file as `writeFiles` does, and throws LocalFileError. */
export type WriteFile = (content: string | Uint8Array) => void;

/**
 * Runs what makes something that is to be written to a file. The file is begun first, so that nothing is made where it cannot be
 * written; after a failure, or without a call of `write`, nothing of it is left.
 */
export async function withFile(path: string, make: (write: WriteFile) => Promise<void>): Promise<void> {
  const staged = stageFile(path);
  const descriptor = writing(path, () => openNew(staged.temporary));
  const write: WriteFile = (content) => {
    writing(path, () => writeWhole(descriptor, content));
    staged.commit();
  };
  try {
    await interruptible(
      () => staged.discard(),
      () => make(write),
    );
  } finally {
    closeSync(descriptor);
    staged.discard();
  }
}

function writeNew(path: string, content: string | Uint8Array): void {
  const descriptor = openNew(path);
  try {
    writeWhole(descriptor, content);
  } finally {
    closeSync(descriptor);
  }
}

function openNew(path: string): number {
  return openSync(path, 'wx', 0o600);
}

/** Returns when it is on the disk. */
function writeWhole(descriptor: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
  fsyncSync(descriptor);
}
