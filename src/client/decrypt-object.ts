import type { Duplex } from 'node:stream';
import { ByteReader } from './byte-reader.ts';
import { byteStream } from './byte-stream.ts';
import { type MessageKey, inputKeyBytes, openMessage, readMessageKey } from './cobblestone.ts';
import type { CryptoCaller, EncryptionContext } from './crypto-caller.ts';
import type { GrantTokenOptions } from './grant-tokens.ts';
import { refuseUnknownNames } from './known-names.ts';
import { ObjectError } from './object-error.ts';
import { objectContext, readObjectHeader } from './object-header.ts';

export interface DecryptObjectOptions extends GrantTokenOptions {
  /** The pairs that the object was encrypted with. */
  readonly encryptionContext?: EncryptionContext;
  /** Refuse an object of another key than this. */
  readonly keyId?: string;
}

/**
 * A stream that an object goes into and its plaintext comes out of:
 *
 *     await pipeline(createReadStream('big.enc'), decryptObject(latchkey), createWriteStream('big'));
 *
 * It makes one Decrypt, of the data key. Plaintext comes out when it is verified, so all of it is authentic; whether it is complete is
 * known at the end: whoever reads must forget what came out if the stream fails. Fails with ObjectError for an object that was altered
 * or cut off, with LatchkeyError when the data key is refused (INVALID_CIPHERTEXT: another context, or an altered header).
 */
export function decryptObject(latchkey: CryptoCaller<'decrypt'>, options: DecryptObjectOptions = {}): Duplex {
  refuseUnknownNames('decryptObject', options, optionNames);
  return byteStream(async function* decrypted(source) {
    const object = new ByteReader(source);
    const blob = await readObjectHeader(object);
    const { plaintext: inputKey } = await latchkey.crypto.decrypt({
      ciphertext_blob: blob,
      encryption_context: options.encryptionContext ?? {},
      key_id: options.keyId ?? '',
      grant_tokens: [...(options.grantTokens ?? [])],
    });
    yield* openMessage(object, await messageKeyOf(object, inputKey));
  });
}

/** Wipes the input key, whatever comes of it. */
async function messageKeyOf(object: ByteReader, inputKey: Buffer): Promise<MessageKey> {
  try {
    if (inputKey.length !== inputKeyBytes) throw new ObjectError('DAMAGED', 'What its header holds is no data key.');
    return await readMessageKey(object, { inputKey, context: objectContext });
  } finally {
    inputKey.fill(0);
  }
}

const optionNames = { encryptionContext: true, keyId: true, grantTokens: true } satisfies Record<keyof DecryptObjectOptions, true>;
