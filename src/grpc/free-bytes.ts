import { hasHeadroom } from '../headroom.ts';
import { smallMessageBytes } from './in-flight-bytes.ts';

/**
 * Gives the memory of a large buffer back at once, instead of when the garbage collector comes by, which lets hundreds of
 * MiB lie. Nobody may use it afterwards.
 */
export function freeBytes(bytes: Buffer): void {
  const { buffer } = bytes;
  if (bytes.length <= smallMessageBytes || !(buffer instanceof ArrayBuffer)) return;
  // Not what is only part of something else, such as of what was read from a connection.
  if (bytes.length < buffer.byteLength && !hasHeadroom(bytes)) return;
  buffer.transfer(0);
}
