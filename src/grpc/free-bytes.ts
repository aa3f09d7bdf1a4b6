/**
 * Gives the memory of a large buffer back at once, instead of when the garbage collector comes by, which lets hundreds of
 * MiB lie. Nobody may use it, or what shares its memory, afterwards.
 */
export function freeBytes(bytes: Buffer): void {
  const { buffer } = bytes;
  // Not what is only part of something else.
  if (bytes.length <= smallBytes || bytes.length < buffer.byteLength / 2 || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}

/** Up to this size a buffer may be part of Node's pool, and is not worth it. */
const smallBytes = 64 * 1024;
