import { describe, expect, it } from 'vitest';
import { readMetrics } from './metrics-page.ts';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();

/** CRC-32C of "123456789", from RFC 3720's polynomial: known, not computed here. */
const known = { bytes: Buffer.from('123456789'), crc32c: 0xe3069283 };

it('is CRC-32C', async () => {
  const key_id = await under.newKey();
  const { ciphertext_blob } = await under.latchkey.crypto.encrypt({
    key_id,
    plaintext: known.bytes,
    plaintext_crc32c: known.crc32c,
  });
  expect((await under.latchkey.crypto.decrypt({ ciphertext_blob })).plaintext_crc32c).toBe(known.crc32c);
});

describe('a checksum that does not match', () => {
  it('is refused in every request that can carry one', async () => {
    const { crypto } = under.latchkey;
    const key_id = await under.newKey();
    const { ciphertext_blob, ciphertext_blob_crc32c: right } = await crypto.encrypt({ key_id, plaintext: known.bytes });
    const ciphertext_blob_crc32c = (right ^ 1) >>> 0;
    const calls = [
      crypto.encrypt({ key_id, plaintext: known.bytes, plaintext_crc32c: 0 }),
      crypto.encrypt({ key_id, plaintext: known.bytes, plaintext_crc32c: 0xcbf43926 }), // CRC-32 of zip, not CRC-32C
      crypto.decrypt({ ciphertext_blob, ciphertext_blob_crc32c }),
      crypto.reEncrypt({ ciphertext_blob, destination_key_id: key_id, ciphertext_blob_crc32c }),
      crypto.describeCiphertext({ ciphertext_blob, ciphertext_blob_crc32c }),
    ];
    for (const facts of await Promise.all(calls.map(refusalFacts))) {
      expect(facts).toEqual({ reason: 'CHECKSUM_MISMATCH', code: 'INVALID_ARGUMENT', fields: [] });
    }
  });

  it('costs no cipher work', async () => {
    const key_id = await under.newKey();
    const sealed = 'latchkey_plaintext_bytes_total{operation="Encrypt"}';
    const before = (await readMetrics(under.server.metricsAddress)).value(sealed);
    await refusalFacts(under.latchkey.crypto.encrypt({ key_id, plaintext: known.bytes, plaintext_crc32c: 1 }));
    expect((await readMetrics(under.server.metricsAddress)).value(sealed)).toBe(before);
  });
});
