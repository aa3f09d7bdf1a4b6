/** CRC-32C (Castagnoli) of `bytes` as RFC 3720 §12.1 defines it, an unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function remainderOf(byte: number): number {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ reflectedPolynomial : remainder >>> 1;
  return remainder;
}

/** 0x1EDC6F41 with its bits in reverse: the algorithm shifts right. */
const reflectedPolynomial = 0x82f63b78;

const table = Int32Array.from({ length: 256 }, (_, byte) => remainderOf(byte));
