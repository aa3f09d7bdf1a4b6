import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { decryptObject, encryptObject } from '../../src/client/connect.ts';
import { plainCrypto } from './plain-crypto.ts';

const mebibyte = 1024 * 1024;

test('1 GiB goes through encryption and decryption in the memory that 64 MiB need', async () => {
  const small = await greatestMemory(64);
  const large = await greatestMemory(1024);
  // Garbage that is not collected yet: some 100 MiB, whatever the size of the object.
  expect(large - small).toBeLessThan(128 * mebibyte);
});

/** Greatest resident set while so many MiB go through, in bytes. */
async function greatestMemory(mebibytes: number): Promise<number> {
  const latchkey = plainCrypto();
  const piece = Buffer.alloc(mebibyte, 'plaintext');
  let left = mebibytes;
  let received = 0;
  let greatest = 0;
  const source = new Readable({
    read() {
      this.push(left-- > 0 ? piece : null);
    },
  });
  const sink = new Writable({
    write(part: Buffer, _encoding, done) {
      received += part.length;
      greatest = Math.max(greatest, process.memoryUsage.rss());
      done();
    },
  });
  await pipeline(source, encryptObject(latchkey, { keyId: 'k' }), decryptObject(latchkey), sink);
  expect(received).toBe(mebibytes * mebibyte);
  return greatest;
}
