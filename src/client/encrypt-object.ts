import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ByteReader } from './byte-reader.ts';
import { byteStream } from './byte-stream.ts';
import { messageKey, saltBytes, sealMessage } from './cobblestone.ts';
import type { CryptoCaller, EncryptionContext } from './crypto-caller.ts';
import type { GrantTokenOptions } from './grant-tokens.ts';
import { refuseNoKey, refuseUnknownNames } from './known-names.ts';
import { objectContext, objectHeader } from './object-header.ts';

export interface EncryptObjectOptions extends GrantTokenOptions {
  /** Key id, key ARN, `alias/<name>` or alias ARN. */
  readonly keyId: string;
  /** Bound to the object and not in it: the same pairs are needed to decrypt. */
  readonly encryptionContext?: EncryptionContext;
}

/**
 * A stream that plaintext of any size goes into and an object comes out of (docs/FORMATS.md), used like `createGzip()`:
 *
 *     await pipeline(createReadStream('big'), encryptObject(latchkey, { keyId: 'alias/backups' }), createWriteStream('big.enc'));
 *
 * Every object has a data key of its own: one GenerateDataKey, when the stream is first read, whose failure is a LatchkeyError. The
 * data key is wiped as soon as the object's key is derived from it; copies that gRPC or the garbage collector made are out of reach.
 */
export function encryptObject(latchkey: CryptoCaller<'generateDataKey'>, options: EncryptObjectOptions): Duplex {
  refuseUnknownNames('encryptObject', options, optionNames);
  refuseNoKey('encryptObject', 'keyId', options.keyId);
  return byteStream(async function* encrypted(source) {
    const { plaintext: inputKey, ciphertext_blob: blob } = await latchkey.crypto.generateDataKey({
      key_id: options.keyId,
      encryption_context: options.encryptionContext ?? {},
      key_spec: 'DATA_KEY_SPEC_AES_256',
      grant_tokens: [...(options.grantTokens ?? [])],
    });
    const message = messageKey({ inputKey, salt: randomBytes(saltBytes), context: objectContext });
    inputKey.fill(0);
    yield objectHeader(blob);
    yield* sealMessage(new ByteReader(source), message);
  });
}

const optionNames = { keyId: true, encryptionContext: true, grantTokens: true } satisfies Record<keyof EncryptObjectOptions, true>;
