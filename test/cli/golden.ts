/** A ciphertext whose parts are easy to see: version 1, suite 1, id 00..1f, nonce 20..37, ciphertext "hello", tag 16 times ff. */
export const goldenBlob = Buffer.from(
  '0101' +
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f' +
    '202122232425262728292a2b2c2d2e2f3031323334353637' +
    '68656c6c6f' +
    'ffffffffffffffffffffffffffffffff',
  'hex',
);
