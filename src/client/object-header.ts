import type { ByteReader } from './byte-reader.ts';
import { ObjectError } from './object-error.ts';

/** What every object begins with, and the context of the message in it: "LKOB" and the version (docs/FORMATS.md). */
export const objectContext = Buffer.from('LKOB\x01');

/** What stands before the message: the data key's ciphertext blob and its length. Throws when no reader would take the blob. */
export function objectHeader(blob: Uint8Array): Buffer {
  if (blob.length > greatestBlobBytes) throw new RangeError(`A blob of ${blob.length} bytes is too long for an object.`);
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(blob.length);
  return Buffer.concat([objectContext, length, blob]);
}

/** Reads an object up to its message and answers the blob. Throws ObjectError. */
export async function readObjectHeader(object: ByteReader): Promise<Buffer> {
  const start = await object.take(objectContext.length + lengthBytes);
  if (!start.subarray(0, magicBytes).equals(objectContext.subarray(0, magicBytes))) {
    throw new ObjectError('NOT_AN_OBJECT', 'It is not an object of Latchkey.');
  }
  const version = start[magicBytes];
  if (version !== undefined && version !== objectContext[magicBytes]) {
    throw new ObjectError('UNKNOWN_VERSION', `It is an object of version ${version}; this library knows version 1.`);
  }
  if (start.length < objectContext.length + lengthBytes) throw new ObjectError('TRUNCATED', 'Its header is incomplete.');
  const blobBytes = start.readUInt32BE(objectContext.length);
  if (blobBytes > greatestBlobBytes) {
    throw new ObjectError(
      'DAMAGED',
      `Its header says that the encrypted data key has ${blobBytes} bytes; at most ${greatestBlobBytes} are allowed.`,
    );
  }
  const blob = await object.take(blobBytes);
  if (blob.length < blobBytes) throw new ObjectError('TRUNCATED', 'Its header is incomplete.');
  return blob;
}

const magicBytes = objectContext.length - 1;
const lengthBytes = 4;
/** As much as AWS KMS lets a ciphertext have, so that a header cannot ask for memory. */
const greatestBlobBytes = 6144;
