import { beforeAll, describe, expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

/**
 * Of several mistakes in one request the first in the order of checks is answered: (1) the message, its limits and its checksum,
 * (2) the structure of the ciphertext, (3) the key, (5) whether the ciphertext is that key's, (6) the key's state, (7) opening it.
 * Each row makes one mistake and every later one.
 */
const under = useServer();
const absent = '00000000-0000-4000-8000-000000000000';
const tooMany = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`key ${index}`, '']));
const wrongContext = { wrong: 'context' };

/** `own` made `ciphertext`, `off` made `ofDisabled` and is disabled. `unopenable` names a backing key of `off`. */
let own: string;
let off: string;
let ciphertext: Buffer;
let ofDisabled: Buffer;

beforeAll(async () => {
  own = await under.newKey();
  off = await under.newKey();
  ciphertext = (await under.latchkey.crypto.encrypt({ key_id: own, plaintext: Buffer.from('x') })).ciphertext_blob;
  ofDisabled = (await under.latchkey.crypto.encrypt({ key_id: off, plaintext: Buffer.from('x') })).ciphertext_blob;
  await under.latchkey.keys.disableKey({ key_id: off });
});

interface Mistakes {
  readonly ciphertext_blob: Buffer;
  readonly encryption_context?: Record<string, string>;
  readonly key_id?: string;
  readonly ciphertext_blob_crc32c?: number;
}

const table: readonly (readonly [mistake: string, reason: string, request: () => Mistakes])[] = [
  [
    'no ciphertext, and a key that is absent',
    'INVALID_REQUEST',
    () => ({ ciphertext_blob: Buffer.alloc(0), key_id: absent, ciphertext_blob_crc32c: 1 }),
  ],
  [
    'a context over the limit, a wrong checksum and no structure',
    'INVALID_REQUEST',
    () => ({ ciphertext_blob: Buffer.of(9), encryption_context: tooMany, key_id: absent, ciphertext_blob_crc32c: 1 }),
  ],
  [
    'a wrong checksum, no structure and a key that is absent',
    'CHECKSUM_MISMATCH',
    () => ({ ciphertext_blob: Buffer.of(9), key_id: absent, ciphertext_blob_crc32c: 1 }),
  ],
  [
    'a wrong checksum of a ciphertext of a disabled key',
    'CHECKSUM_MISMATCH',
    () => ({ ciphertext_blob: ofDisabled, key_id: off, ciphertext_blob_crc32c: 1 }),
  ],
  ['no structure and a key that is absent', 'INVALID_CIPHERTEXT', () => ({ ciphertext_blob: Buffer.alloc(74, 1), key_id: absent })],
  [
    'an unknown version and a key that is absent',
    'INVALID_CIPHERTEXT',
    () => ({ ciphertext_blob: altered(ciphertext, 0), key_id: absent }),
  ],
  [
    'an unknown suite and a malformed ARN',
    'INVALID_CIPHERTEXT',
    () => ({ ciphertext_blob: altered(ciphertext, 1), key_id: 'arn:x' }),
  ],
  ['a malformed ARN and an unknown material', 'INVALID_ARN', () => ({ ciphertext_blob: altered(ciphertext, 2), key_id: 'arn:x' })],
  [
    'a key that is absent and an unknown material',
    'KEY_NOT_FOUND',
    () => ({ ciphertext_blob: altered(ciphertext, 2), key_id: absent }),
  ],
  [
    'an alias that is absent and a wrong context',
    'ALIAS_NOT_FOUND',
    () => ({ ciphertext_blob: ofDisabled, key_id: 'alias/absent', encryption_context: wrongContext }),
  ],
  ['an unknown material and no key named', 'INVALID_CIPHERTEXT', () => ({ ciphertext_blob: altered(ofDisabled, 2) })],
  [
    'a ciphertext of another key than the disabled one named',
    'INCORRECT_KEY',
    () => ({ ciphertext_blob: altered(ciphertext, 60), key_id: off }),
  ],
  [
    'a ciphertext of a disabled key with another key named',
    'INCORRECT_KEY',
    () => ({ ciphertext_blob: altered(ofDisabled, 60), key_id: own }),
  ],
  [
    'an unknown material with a disabled key named',
    'INCORRECT_KEY',
    () => ({ ciphertext_blob: altered(ciphertext, 2), key_id: off }),
  ],
  [
    'a disabled key, a wrong context and a flipped bit',
    'KEY_DISABLED',
    () => ({ ciphertext_blob: altered(ofDisabled, 60), encryption_context: wrongContext }),
  ],
  ['a disabled key that is named', 'KEY_DISABLED', () => ({ ciphertext_blob: altered(ofDisabled, 60), key_id: off })],
  ['a flipped bit', 'INVALID_CIPHERTEXT', () => ({ ciphertext_blob: altered(ciphertext, 60), key_id: own })],
];

describe('Decrypt', () => {
  it.each(table)('%s: %s', async (_, reason, request) => {
    expect((await refusalFacts(under.latchkey.crypto.decrypt(request()))).reason).toBe(reason);
  });
});

describe("ReEncrypt's source", () => {
  it.each(table)('%s: %s', async (_, reason, request) => {
    const { encryption_context = {}, key_id = '', ...rest } = request();
    // The destination is wrong too: it is looked at after the source's state and before the source is opened.
    const destination_key_id =
      reason === 'INVALID_CIPHERTEXT' && rest.ciphertext_blob.equals(altered(ciphertext, 60)) ? own : absent;
    const call = { ...rest, source_encryption_context: encryption_context, source_key_id: key_id, destination_key_id };
    expect((await refusalFacts(under.latchkey.crypto.reEncrypt(call))).reason).toBe(reason);
  });
});

describe("ReEncrypt's destination", () => {
  const destinations = [
    ['is missing', 'INVALID_REQUEST', () => ({ ciphertext_blob: altered(ciphertext, 0), destination_key_id: '' })],
    [
      'has a context over the limit',
      'INVALID_REQUEST',
      () => ({ ciphertext_blob: altered(ciphertext, 0), destination_key_id: own, destination_encryption_context: tooMany }),
    ],
    [
      'is absent, and the source does not open',
      'KEY_NOT_FOUND',
      () => ({ ciphertext_blob: altered(ciphertext, 60), destination_key_id: absent }),
    ],
    [
      'is disabled, and the source does not open',
      'KEY_DISABLED',
      () => ({ ciphertext_blob: altered(ciphertext, 60), destination_key_id: off }),
    ],
  ] as const;
  it.each(destinations)('%s: %s', async (_, reason, request) => {
    expect((await refusalFacts(under.latchkey.crypto.reEncrypt(request()))).reason).toBe(reason);
  });
});

describe('Encrypt', () => {
  const plaintext = Buffer.from('x');
  const requests = [
    ['no key, no plaintext', 'INVALID_REQUEST', () => ({ key_id: '', plaintext: Buffer.alloc(0), plaintext_crc32c: 1 })],
    [
      'no plaintext and a wrong checksum',
      'INVALID_REQUEST',
      () => ({ key_id: off, plaintext: Buffer.alloc(0), plaintext_crc32c: 1 }),
    ],
    ['a wrong checksum and a key that is absent', 'CHECKSUM_MISMATCH', () => ({ key_id: absent, plaintext, plaintext_crc32c: 1 })],
    ['a wrong checksum and a key that is no name', 'CHECKSUM_MISMATCH', () => ({ key_id: '?', plaintext, plaintext_crc32c: 1 })],
    ['a key that is no name', 'INVALID_REQUEST', () => ({ key_id: '?', plaintext })],
    ['a disabled key', 'KEY_DISABLED', () => ({ key_id: off, plaintext })],
  ] as const;
  it.each(requests)('%s: %s', async (_, reason, request) => {
    expect((await refusalFacts(under.latchkey.crypto.encrypt(request()))).reason).toBe(reason);
  });
});

/** With the lowest bit of one byte flipped. */
function altered(blob: Buffer, at: number): Buffer {
  const copy = Buffer.from(blob);
  copy[at]! ^= 1;
  return copy;
}
