import { randomBytes } from 'node:crypto';
import { lstatSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LocalFileError } from './failure.ts';
import { systemErrorText } from './system-error.ts';

/** A file that is written beside its place under a temporary name, and put there when it is whole. */
export interface StagedFile {
  readonly temporary: string;
  /** Replaces what stood there before. */
  commit(): void;
  /** Removes what was not committed. */
  discard(): void;
}

/** Throws LocalFileError where no file can be put. Nothing is made yet. */
export function stageFile(path: string): StagedFile {
  const target = writing(path, () => targetOf(path));
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  return {
    temporary,
    commit: () => writing(target, () => renameSync(temporary, target)),
    discard: () => rmSync(temporary, { force: true }),
  };
}

/** Runs file operations so that what fails names the file. */
export function writing<Result>(path: string, operations: () => Result): Result {
  try {
    return operations();
  } catch (error) {
    throw writeFailure(path, error);
  }
}

export function writeFailure(path: string, error: unknown): LocalFileError {
  if (error instanceof LocalFileError) return error;
  const { text, code } = systemErrorText(error);
  return new LocalFileError(`Cannot write ${path}: ${text}.`, code, error);
}

/** The file that a path names, through symbolic links. Renaming over a device or a pipe would replace it, so those are refused. */
function targetOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return path;
  const target = realpathSync(path);
  if (lstatSync(target).isFile()) return target;
  throw new LocalFileError(`Cannot write ${path}: it is not a regular file. Use the shell's > for devices and pipes.`, 'EINVAL');
}
