import { createReadStream } from 'node:fs';
import { systemErrorText } from './system-error.ts';
import { LocalFileError } from './failure.ts';

/** All bytes of a file, or of stdin when there is no path or it is `-`. At most one gRPC message, 64 MiB. */
export async function readInput(path: string | undefined): Promise<Buffer> {
  const fromStdin = path === undefined || path === '-';
  if (fromStdin && process.stdin.isTTY) process.stderr.write('Reading from the terminal; Ctrl-D ends the input.\n');
  const name = fromStdin ? 'stdin' : path;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const stream: AsyncIterable<Buffer> = fromStdin ? process.stdin : createReadStream(path);
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxInputBytes) break;
    }
  } catch (error) {
    const { text, code } = systemErrorText(error);
    throw new LocalFileError(`Cannot read ${name}: ${text}.`, code, error);
  }
  if (length > maxInputBytes)
    throw new LocalFileError(`${name} is longer than ${maxInputBytes} bytes, more than any call takes.`, 'EFBIG');
  return Buffer.concat(chunks);
}

const maxInputBytes = 64 * 1024 * 1024;
