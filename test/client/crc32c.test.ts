import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/client/crc32c.ts';

// RFC 3720, appendix B.4, whose byte order is the wire's: "aa 36 91 8a" is 0x8a9136aa.
const readCommand = Buffer.from(
  '01c00000000000000000000000000000' + '14000000000004000000001400000018' + '28000000000000000200000000000000',
  'hex',
);
const vectors: [string, Uint8Array, number][] = [
  ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 bytes of incrementing 00..1f', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
  ['32 bytes of decrementing 1f..00', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  ['an iSCSI SCSI Read (10) command PDU', readCommand, 0xd9963a56],
];

describe('crc32c', () => {
  test.each(vectors)('%s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  test('nothing has the checksum 0', () => {
    expect(crc32c(new Uint8Array())).toBe(0);
  });

  test('one flipped bit changes it', () => {
    const bytes = Buffer.from('123456789');
    expect(crc32c(bytes)).toBe(0xe3069283);
    bytes[4]! ^= 1;
    expect(crc32c(bytes)).not.toBe(0xe3069283);
  });
});
