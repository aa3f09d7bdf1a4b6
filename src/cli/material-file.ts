import { closeSync, openSync, readSync } from 'node:fs';
import { LocalFileError } from './failure.ts';
import { systemErrorText } from './system-error.ts';

/**
 * Gives `use` the key material in a file, which must be 32 bytes and nothing else, and wipes it afterwards. Read into one buffer, not
 * through a stream, whose chunks nobody could wipe.
 */
export async function withMaterial(path: string, use: (material: Buffer) => Promise<void>): Promise<void> {
  // One byte more, to notice that a file is longer.
  const buffer = Buffer.alloc(materialBytes + 1);
  try {
    const length = readInto(buffer, path);
    if (length !== materialBytes) {
      const found = length > materialBytes ? 'more' : String(length);
      throw new LocalFileError(
        `${path} is not key material: that has ${materialBytes} bytes, as they are, and this has ${found}.`,
        'EBADMSG',
      );
    }
    await use(buffer.subarray(0, materialBytes));
  } finally {
    buffer.fill(0);
  }
}

function readInto(buffer: Buffer, path: string): number {
  try {
    const descriptor = openSync(path, 'r');
    try {
      let length = 0;
      for (let read = -1; read !== 0 && length < buffer.length; length += read) {
        read = readSync(descriptor, buffer, length, buffer.length - length, null);
      }
      return length;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const { text, code } = systemErrorText(error);
    throw new LocalFileError(`Cannot read ${path}: ${text}.`, code, error);
  }
}

const materialBytes = 32;
