import type { Duplex } from 'node:stream';
import { ByteReader } from './byte-reader.ts';
import { byteStream } from './byte-stream.ts';
import type { CryptoCaller, EncryptionContext } from './crypto-caller.ts';
import type { GrantTokenOptions } from './grant-tokens.ts';
import { refuseNoKey, refuseUnknownNames } from './known-names.ts';
import { objectHeader, readObjectHeader } from './object-header.ts';

export interface ReEncryptObjectHeaderOptions extends GrantTokenOptions {
  /** The key to encrypt the data key with. */
  readonly destinationKeyId: string;
  readonly destinationEncryptionContext?: EncryptionContext;
  /** Refuse an object of another key than this. */
  readonly sourceKeyId?: string;
  /** The pairs that the object was encrypted with. */
  readonly sourceEncryptionContext?: EncryptionContext;
}

/**
 * A stream that moves an object to another key, context or backing key: an object goes in, the same one with a re-encrypted data key
 * comes out. One ReEncrypt; the data key does not leave the server, so that the body passes as it is, and unverified. Whoever kept the
 * old data key can go on reading the body: only encrypting anew takes that away. Fails with ObjectError or LatchkeyError.
 */
export function reEncryptObjectHeader(latchkey: CryptoCaller<'reEncrypt'>, options: ReEncryptObjectHeaderOptions): Duplex {
  refuseUnknownNames('reEncryptObjectHeader', options, optionNames);
  refuseNoKey('reEncryptObjectHeader', 'destinationKeyId', options.destinationKeyId);
  return byteStream(async function* reEncrypted(source) {
    const object = new ByteReader(source);
    const { ciphertext_blob: blob } = await latchkey.crypto.reEncrypt({
      ciphertext_blob: await readObjectHeader(object),
      source_key_id: options.sourceKeyId ?? '',
      source_encryption_context: options.sourceEncryptionContext ?? {},
      destination_key_id: options.destinationKeyId,
      destination_encryption_context: options.destinationEncryptionContext ?? {},
      grant_tokens: [...(options.grantTokens ?? [])],
    });
    yield objectHeader(blob);
    yield* object.rest();
  });
}

const optionNames = {
  destinationKeyId: true,
  destinationEncryptionContext: true,
  sourceKeyId: true,
  sourceEncryptionContext: true,
  grantTokens: true,
} satisfies Record<keyof ReEncryptObjectHeaderOptions, true>;
