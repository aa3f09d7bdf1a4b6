import { smallMessageBytes } from './in-flight-bytes.ts';

/**
 * Gives the memory of a large buffer back at once, instead of when the garbage collector comes by, which lets hundreds of
 * MiB lie. Nobody may use it, or what shares its memory, afterwards.
 */
export function freeBytes(bytes: Buffer): void {
  const { buffer } = bytes;
  // Not what is only part of something else, such as of Node's pool.
  if (bytes.length <= smallMessageBytes || bytes.length < buffer.byteLength / 2 || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}
