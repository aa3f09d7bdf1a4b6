import { expect, it } from 'vitest';
import { internals } from '../native/internals.ts';
import { hex } from './published.ts';

/** The vector of docs/FORMATS.md, "From material to key and id". */
const material = hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
const keyId = hex('00112233445566778899aabbccddeeff');

it('derives id and input key of a key material as docs/FORMATS.md says', () => {
  const { id, inputKey } = internals.materialIdentity(material, keyId, 'SYMMETRIC_DEFAULT');
  expect(id.toString('hex')).toBe('5afe6cda12811a6d1d3b149f2a09434a4d3a7bf509f43dc8c04552fd61879a4b');
  expect(inputKey.toString('hex')).toBe('75da4184f97efc5648eec498edd5e429c6ef9ba943292dbbf25da8875ba7ee27');
});

it('gives the same bytes another id in another key and for another spec', () => {
  const id = (otherKeyId: Buffer, spec: string) => internals.materialIdentity(material, otherKeyId, spec).id.toString('hex');
  const other = hex('00112233445566778899aabbccddeefe');
  expect(new Set([id(keyId, 'SYMMETRIC_DEFAULT'), id(other, 'SYMMETRIC_DEFAULT'), id(keyId, 'HMAC_256')]).size).toBe(3);
});

/** RFC 5869, appendix A. */
const rfc5869 = [
  {
    name: 'A.1',
    key: '0b'.repeat(22),
    salt: '000102030405060708090a0b0c',
    info: 'f0f1f2f3f4f5f6f7f8f9',
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    name: 'A.3',
    key: '0b'.repeat(22),
    salt: '',
    info: '',
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
] as const;
it.each(rfc5869)('HKDF-SHA-256 of RFC 5869 $name', ({ key, salt, info, okm }) => {
  expect(internals.hkdfSha256(hex(key), hex(salt), hex(info), okm.length / 2).toString('hex')).toBe(okm);
});
