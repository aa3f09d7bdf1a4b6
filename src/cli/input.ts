import { fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { LocalFileError } from './failure.ts';
import { systemErrorText } from './system-error.ts';

/** A file or stdin, open for reading. */
export interface OpenInput {
  /** For messages. */
  readonly name: string;
  /** How long it is, where that is known before it was read. */
  readonly bytes: number | undefined;
  /** Fails with LocalFileError. */
  readonly pieces: AsyncIterable<Buffer>;
  readonly close: () => Promise<void>;
}

/** Opens a file, or stdin when there is no path or it is `-`. Throws LocalFileError. */
export async function openInput(path: string | undefined): Promise<OpenInput> {
  if (path === undefined || path === '-') {
    if (process.stdin.isTTY) process.stderr.write('Reading from the terminal; Ctrl-D ends the input.\n');
    return { name: 'stdin', bytes: stdinBytes(), pieces: reading('stdin', process.stdin), close: async () => {} };
  }
  try {
    const file = await open(path);
    const facts = await file.stat();
    return {
      name: path,
      bytes: facts.isFile() ? facts.size : undefined,
      pieces: reading(path, file.createReadStream({ autoClose: false, highWaterMark: pieceBytes })),
      close: () => file.close(),
    };
  } catch (error) {
    throw readFailure(path, error);
  }
}

/** All bytes of a file, or of stdin when there is no path or it is `-`. At most one gRPC message, 64 MiB. */
export async function readInput(path: string | undefined): Promise<Buffer> {
  const { name, pieces, close } = await openInput(path);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of pieces) {
      chunks.push(piece);
      length += piece.length;
      if (length > maxInputBytes) break;
    }
  } finally {
    await close();
  }
  if (length > maxInputBytes)
    throw new LocalFileError(`${name} is longer than ${maxInputBytes} bytes, more than any call takes.`, 'EFBIG');
  return Buffer.concat(chunks);
}

/** How long stdin is, when the shell has put a file there. */
function stdinBytes(): number | undefined {
  try {
    const facts = fstatSync(process.stdin.fd);
    return facts.isFile() ? facts.size : undefined;
  } catch {
    // Whoever closed it hears of that when it is read.
    return undefined;
  }
}

async function* reading(name: string, stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    throw readFailure(name, error);
  }
}

function readFailure(name: string, error: unknown): LocalFileError {
  const { text, code } = systemErrorText(error);
  return new LocalFileError(`Cannot read ${name}: ${text}.`, code, error);
}

const maxInputBytes = 64 * 1024 * 1024;
/** Larger reads do not make encryption faster. */
const pieceBytes = 256 * 1024;
