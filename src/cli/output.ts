import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, lstatSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LocalFileError } from './failure.ts';
import { systemErrorText } from './system-error.ts';

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
  const staged: { temporary: string; target: string }[] = [];
  try {
    for (const file of files) {
      naming(file.path, () => {
        const target = targetOf(file.path);
        const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
        staged.push({ temporary, target });
        writeNew(temporary, file.content);
      });
    }
    for (const { temporary, target } of staged) naming(target, () => renameSync(temporary, target));
  } finally {
    for (const { temporary } of staged) rmSync(temporary, { force: true });
  }
}

function writeNew(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The file that a path names, through symbolic links. Renaming over a device or a pipe would replace it, so those are refused. */
function targetOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return path;
  const target = realpathSync(path);
  if (lstatSync(target).isFile()) return target;
  throw new LocalFileError(`Cannot write ${path}: it is not a regular file. Use the shell's > for devices and pipes.`, 'EINVAL');
}

/** Runs file operations so that what fails names the file. */
function naming(path: string, operations: () => void): void {
  try {
    operations();
  } catch (error) {
    if (error instanceof LocalFileError) throw error;
    const { text, code } = systemErrorText(error);
    throw new LocalFileError(`Cannot write ${path}: ${text}.`, code, error);
  }
}
