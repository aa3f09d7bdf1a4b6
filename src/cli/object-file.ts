import { once } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option } from 'commander';
import { ObjectError } from '../client/object-error.ts';
import { LocalFileError, UsageError } from './failure.ts';
import { type OpenInput, openInput } from './input.ts';
import { interruptible } from './interruption.ts';
import { type Progress, progressBar } from './progress-bar.ts';
import { stageFile, writeFailure, writing } from './staged-file.ts';

/** From where and to where a file of any size goes through a command. */
export interface ObjectFileOptions {
  readonly file: string;
  readonly out?: string;
}

/** Excludes the options of payloads. */
export function fileOption(description: string): Option {
  return new Option('-f, --file <file>', `${description}; needs --out, and - is stdin or stdout`).conflicts(['in', 'raw']);
}

/** Whether the command is about a file of any size and not about a payload of one call. */
export function isAboutFile<Options extends { readonly file?: string }>(
  options: Options,
): options is Options & { readonly file: string } {
  return options.file !== undefined;
}

/**
 * Sends a file through a stream into another file, with a progress bar. The result is put in its place, mode 0600, when it is whole and
 * on the disk; after a failure or Ctrl-C nothing of it is left.
 */
export async function sendFile(verb: string, stream: Duplex, { file, out }: ObjectFileOptions): Promise<void> {
  if (out === undefined) throw new UsageError('Say where the result goes: --out <file>, or --out - for stdout.');
  const input = await openInput(file);
  const progress = progressBar({ totalBytes: input.bytes });
  try {
    const source = counted(input, progress);
    await (out === '-' ? pipeline(source, stream, toStdout) : intoFile(out, source, stream));
    progress.succeed();
  } catch (error) {
    progress.fail();
    throw failureOf(error, { verb, name: input.name, partly: out === '-' });
  } finally {
    await input.close();
  }
}

/** As a function, since a pipeline would end stdout with its own failure, which then were one of writing. */
async function toStdout(source: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of source) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}

async function intoFile(path: string, source: AsyncIterable<Buffer>, stream: Duplex): Promise<void> {
  const staged = stageFile(path);
  // Opened at once, so that there is no moment at which the file appears after it was cleaned up.
  const fd = writing(path, () => openSync(staged.temporary, 'wx', 0o600));
  try {
    await interruptible(
      () => staged.discard(),
      () => pipeline(source, stream, createWriteStream(staged.temporary, { fd, flush: true })),
    );
    staged.commit();
  } catch (error) {
    // What the source fails with is a LocalFileError already, so any other failure of the system is the sink's.
    throw error instanceof Error && 'errno' in error ? writeFailure(path, error) : error;
  } finally {
    staged.discard();
  }
}

async function* counted({ pieces }: OpenInput, progress: Progress): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    progress.advance(piece.length);
  }
}

/** What of the client library is about the file's content, in terms of the file. */
function failureOf(error: unknown, { verb, name, partly }: { verb: string; name: string; partly: boolean }): unknown {
  if (!(error instanceof ObjectError)) return error;
  const cure = error.reason === 'NOT_AN_OBJECT' ? ' Ciphertexts of single calls go in with --in.' : '';
  const before = partly ? ' What was written to stdout is authentic, but not the whole.' : '';
  return new LocalFileError(`Cannot ${verb} ${name}. ${error.message}${cure}${before}`, 'EBADMSG', error);
}
