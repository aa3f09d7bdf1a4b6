import { createCipheriv, createDecipheriv, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { ByteReader } from './byte-reader.ts';
import { ObjectError } from './object-error.ts';

/**
 * Cobblestone-256, c2sp.org/chunked-encryption: `salt (24) || commitment (32) || chunks`, each chunk AES-256-GCM of 16 KiB, the last
 * one of less. An input key and a salt together are for one message.
 */
export interface MessageInputs {
  /** 32 random bytes, not needed any more when the message's key is made. */
  readonly inputKey: Uint8Array;
  readonly salt: Uint8Array;
  /** Bound to the message, not part of it. */
  readonly context: Uint8Array;
}

export const inputKeyBytes = 32;
export const saltBytes = 24;

/** What encrypts one message. */
export interface MessageKey {
  /** Node holds its bytes outside the JavaScript heap, wipes them when it is collected, and starts a cipher with it in half the time. */
  readonly key: KeyObject;
  readonly baseNonce: Buffer;
  /** Salt and commitment. */
  readonly header: Buffer;
}

/** HKDF-Expand with SHA-512 (RFC 5869 §2.3), two blocks of it; node:crypto has no expansion without extraction. */
export function messageKey({ inputKey, salt, context }: MessageInputs): MessageKey {
  if (inputKey.length !== inputKeyBytes) throw new RangeError(`An input key of Cobblestone-256 has ${inputKeyBytes} bytes.`);
  const info = Buffer.concat([label, salt, context]);
  const first = createHmac('sha512', inputKey).update(info).update(Buffer.of(1)).digest();
  const second = createHmac('sha512', inputKey).update(first).update(info).update(Buffer.of(2)).digest();
  const derived = Buffer.concat([first, second]);
  const nonceEnd = keyBytes + nonceBytes;
  const message = {
    key: createSecretKey(derived.subarray(0, keyBytes)),
    baseNonce: Buffer.from(derived.subarray(keyBytes, nonceEnd)),
    header: Buffer.concat([salt, derived.subarray(nonceEnd, nonceEnd + commitmentBytes)]),
  };
  for (const secret of [first, second, derived]) secret.fill(0);
  return message;
}

/** Reads a message's salt and commitment, and checks that it was made with this input key and context. Throws ObjectError. */
export async function readMessageKey(
  ciphertext: ByteReader,
  { inputKey, context }: Omit<MessageInputs, 'salt'>,
): Promise<MessageKey> {
  const header = await ciphertext.take(saltBytes + commitmentBytes);
  if (header.length < saltBytes + commitmentBytes) throw truncated();
  const message = messageKey({ inputKey, context, salt: header.subarray(0, saltBytes) });
  if (timingSafeEqual(message.header, header)) return message;
  throw new ObjectError('DAMAGED', 'Its salt or commitment was altered, or belongs to another data key.');
}

/** The whole message, of all that the reader has. */
export async function* sealMessage(plaintext: ByteReader, message: MessageKey): AsyncGenerator<Buffer> {
  yield message.header;
  let index = 0;
  for (;;) {
    const block = await plaintext.takeUnits(chunkBytes, blockChunks);
    yield sealChunks(message, index, block);
    if (block.length < chunkBytes) return;
    index += block.length / chunkBytes;
  }
}

/**
 * The plaintext of what stands behind the header, to the end of the reader. It comes out when its tag was verified: all that comes
 * out is authentic, and it is the whole message when the end is reached without ObjectError.
 */
export async function* openMessage(ciphertext: ByteReader, message: MessageKey): AsyncGenerator<Buffer> {
  let index = 0;
  for (;;) {
    const block = await ciphertext.takeUnits(sealedChunkBytes, blockChunks);
    const plaintext = openChunks(message, index, block);
    if (plaintext.length > 0) yield plaintext;
    if (block.length < sealedChunkBytes) return;
    index += block.length / sealedChunkBytes;
  }
}

/** Whole chunks, or a last one that is shorter, from number `index` on. */
function sealChunks({ key, baseNonce }: MessageKey, index: number, plaintext: Buffer): Buffer {
  const chunks = chunksOf(plaintext, chunkBytes);
  const sealed = Buffer.allocUnsafeSlow(plaintext.length + chunks.length * tagBytes);
  let end = 0;
  for (const [i, chunk] of chunks.entries()) {
    const cipher = createCipheriv(algorithm, key, chunkNonce(baseNonce, index + i));
    end += moveBytes(cipher.update(chunk), sealed, end);
    cipher.final();
    end += cipher.getAuthTag().copy(sealed, end);
  }
  return sealed;
}

/** The reverse. Nothing is returned unless every tag is right. */
function openChunks({ key, baseNonce }: MessageKey, index: number, sealed: Buffer): Buffer {
  if (sealed.length < tagBytes) throw truncated();
  const chunks = chunksOf(sealed, sealedChunkBytes);
  const plaintext = Buffer.allocUnsafeSlow(sealed.length - chunks.length * tagBytes);
  let end = 0;
  for (const [i, chunk] of chunks.entries()) {
    const decipher = createDecipheriv(algorithm, key, chunkNonce(baseNonce, index + i));
    decipher.setAuthTag(chunk.subarray(-tagBytes));
    end += moveBytes(decipher.update(chunk.subarray(0, -tagBytes)), plaintext, end);
    try {
      decipher.final();
    } catch {
      plaintext.fill(0);
      throw new ObjectError('DAMAGED', `It was altered or cut off in or behind chunk ${index + i}.`);
    }
  }
  return plaintext;
}

/**
 * Copies what a cipher made and frees it, so that the next chunk is written to the same memory: left to the garbage collector, it
 * costs a quarter of the throughput (bench/README.md).
 */
function moveBytes(bytes: Buffer, target: Buffer, at: number): number {
  const copied = bytes.copy(target, at);
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) buffer.transfer(0);
  return copied;
}

/** The nonce of a chunk: the base nonce xored with the chunk's number as a big-endian integer of the same width. */
export function chunkNonce(baseNonce: Buffer, index: number): Buffer {
  if (index >= mostChunks) throw new RangeError('A message of Cobblestone-256 has less than 4 PiB.');
  const nonce = Buffer.from(baseNonce);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ index) >>> 0, 8);
  nonce.writeUInt32BE((nonce.readUInt32BE(4) ^ Math.floor(index / 2 ** 32)) >>> 0, 4);
  return nonce;
}

/** At least one, which may be empty. */
function chunksOf(bytes: Buffer, length: number): readonly Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / length));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}

function truncated(): ObjectError {
  return new ObjectError('TRUNCATED', 'Its end is missing.');
}

const algorithm = 'aes-256-gcm';
const label = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0');
const keyBytes = 32;
const nonceBytes = 12;
const commitmentBytes = 32;
const tagBytes = 16;
const chunkBytes = 16 * 1024;
const sealedChunkBytes = chunkBytes + tagBytes;
/** So many chunks at most are encrypted in one go and come out as one piece: 256 KiB. */
const blockChunks = 16;
const mostChunks = 2 ** 38;
