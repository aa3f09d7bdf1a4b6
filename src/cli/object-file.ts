import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option } from 'commander';
import { ObjectError } from '../client/object-error.ts';
import { LocalFileError, UsageError } from './failure.ts';
import { type OpenInput, openInput } from './input.ts';
import { type Progress, progressBar } from './progress-bar.ts';
import { writeResult } from './result-file.ts';

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

/** Sends a file through a stream into another file, with a progress bar. */
export async function sendFile(verb: string, stream: Duplex, { file, out }: ObjectFileOptions): Promise<void> {
  if (out === undefined) throw new UsageError('Say where the result goes: --out <file>, or --out - for stdout.');
  const input = await openInput(file);
  const progress = progressBar({ totalBytes: input.bytes });
  try {
    const source = counted(input, progress);
    await writeResult(out, (sink) => pipeline(source, stream, sink));
    progress.succeed();
  } catch (error) {
    progress.fail();
    throw failureOf(error, { verb, name: input.name, partly: out === '-' });
  } finally {
    await input.close();
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
