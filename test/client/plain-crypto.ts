import { createHash, randomBytes } from 'node:crypto';
import type { Latchkey } from '../../src/client/connect.ts';
import { LatchkeyError } from '../../src/client/latchkey-error.ts';

type Calls = Pick<Latchkey['crypto'], 'generateDataKey' | 'decrypt' | 'reEncrypt'>;

export interface PlainCrypto {
  readonly crypto: Calls;
  /** The calls so far, as `method key`. */
  readonly calls: string[];
  /** The data keys that were handed out: the very memory. */
  readonly plaintexts: Buffer[];
}

/**
 * The calls that objects need, without encryption: a "blob" is a digest and JSON of its plaintext, key and context. What
 * the service authenticates is compared, so that another key, another context and another blob are refused.
 */
export function plainCrypto(): PlainCrypto {
  const calls: string[] = [];
  const plaintexts: Buffer[] = [];
  const handedOut = (plaintext: Buffer): Buffer => {
    plaintexts.push(plaintext);
    return plaintext;
  };
  const answer = (keyId: string) => ({
    key_arn: `arn:${keyId}`,
    key_material_id: '',
    ciphertext_blob_crc32c: 0,
    plaintext_crc32c: 0,
  });
  const open = (blob: Uint8Array | undefined, keyId: string | undefined, context: Context | undefined): Sealed => {
    const sealed = parse(Buffer.from(blob ?? []));
    if (sealed === undefined || JSON.stringify(sealed.context) !== JSON.stringify(context ?? {}))
      throw refusal('INVALID_CIPHERTEXT');
    if (keyId !== undefined && keyId !== '' && keyId !== sealed.keyId) throw refusal('INCORRECT_KEY');
    return sealed;
  };
  return {
    calls,
    plaintexts,
    crypto: {
      generateDataKey: async ({ key_id = '', encryption_context = {}, key_spec }) => {
        calls.push(`GenerateDataKey ${key_id}`);
        if (key_spec !== 'DATA_KEY_SPEC_AES_256') throw refusal('INVALID_REQUEST');
        const plaintext = randomBytes(32);
        const blob = seal({ keyId: key_id, context: encryption_context, plaintext: plaintext.toString('hex') });
        return { ...answer(key_id), plaintext: handedOut(plaintext), ciphertext_blob: blob };
      },
      decrypt: async ({ ciphertext_blob, encryption_context, key_id }) => {
        const { keyId, plaintext } = open(ciphertext_blob, key_id, encryption_context);
        calls.push(`Decrypt ${keyId}`);
        return { ...answer(keyId), plaintext: handedOut(Buffer.from(plaintext, 'hex')) };
      },
      reEncrypt: async (request) => {
        const source = open(request.ciphertext_blob, request.source_key_id, request.source_encryption_context);
        const keyId = request.destination_key_id ?? '';
        calls.push(`ReEncrypt ${source.keyId} ${keyId}`);
        const blob = seal({ ...source, keyId, context: request.destination_encryption_context ?? {} });
        return {
          ...answer(keyId),
          source_key_arn: '',
          source_key_material_id: '',
          destination_key_material_id: '',
          ciphertext_blob: blob,
        };
      },
    },
  };
}

type Context = Readonly<Record<string, string>>;

interface Sealed {
  readonly keyId: string;
  readonly context: Context;
  readonly plaintext: string;
}

/** With a digest behind it, so that an altered byte is noticed wherever it is. */
function seal({ keyId, context, plaintext }: Sealed): Buffer {
  const json = Buffer.from(JSON.stringify({ keyId, context, plaintext }));
  return Buffer.concat([digest(json), json]);
}

function parse(blob: Buffer): Sealed | undefined {
  const json = blob.subarray(digestBytes);
  return blob.subarray(0, digestBytes).equals(digest(json)) ? (JSON.parse(json.toString()) as Sealed) : undefined;
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function refusal(reason: string): LatchkeyError {
  return new LatchkeyError(`Refused: ${reason}.`, { reason, code: 'INVALID_ARGUMENT' });
}

const digestBytes = 32;
