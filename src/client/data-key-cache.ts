import { createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CryptoCaller, EncryptionContext } from './crypto-caller.ts';
import { ExpiringMap } from './expiring-map.ts';
import type { GrantTokenOptions } from './grant-tokens.ts';
import { refuseNoKey, refuseUnknownNames } from './known-names.ts';

/** What one data key may be used for, at most. */
export interface DataKeyBounds {
  /** Since it was asked for, encryption and decryption alike; at most 24 days. */
  readonly maxAgeMs: number;
  /** Messages encrypted with it; default 2^32, which is the limit for random 96-bit nonces (SP 800-38D §8.3). */
  readonly maxMessages?: number;
  /** Bytes encrypted with it; default 2^36. */
  readonly maxBytes?: number;
  /** Data keys for encryption held at once, and as many for decryption; default 1000. The least recently used leaves first. */
  readonly maxEntries?: number;
}

/** A data key in plain and encrypted: store `ciphertextBlob` beside what `key` encrypts. */
export interface DataKey {
  /**
   * 32 bytes, for `createCipheriv('aes-256-gcm', key, nonce)` and the like; `key.export()` shows them. Node keeps them outside the
   * JavaScript heap and wipes them when neither the cache nor anybody else holds the key.
   */
  readonly key: KeyObject;
  readonly ciphertextBlob: Uint8Array;
}

export interface DataKeyUse extends GrantTokenOptions {
  /** Key id, key ARN, `alias/<name>` or alias ARN. */
  readonly keyId: string;
  readonly encryptionContext?: EncryptionContext;
  /** Length of the message that it will encrypt. */
  readonly bytes: number;
}

export interface EncryptedDataKey extends GrantTokenOptions {
  readonly ciphertextBlob: Uint8Array;
  readonly encryptionContext?: EncryptionContext;
  /** Refuse a data key of another key than this. */
  readonly keyId?: string;
}

/** For envelope encryption of many messages without a call for each. */
export interface DataKeyCache {
  /** A data key for one message. A message longer than the bounds allow any data key gets one of its own. Fails with LatchkeyError. */
  toEncrypt(use: DataKeyUse): Promise<DataKey>;
  /** The data key that a message was encrypted with. Fails with LatchkeyError. */
  toDecrypt(encrypted: EncryptedDataKey): Promise<DataKey>;
  /** Forgets all data keys, such as when the key was disabled. */
  clear(): void;
}

/**
 * A cache of data keys, one for each key and encryption context. Callers that miss the same one at the same time share one call. While a
 * data key is in the cache, no change of its key is noticed: DisableKey holds after `maxAgeMs` here, and rotation likewise.
 */
export function dataKeyCache(latchkey: CryptoCaller<'generateDataKey' | 'decrypt'>, bounds: DataKeyBounds): DataKeyCache {
  const { maxAgeMs, maxMessages, maxBytes, maxEntries } = validated(bounds);
  const forEncryption = new ExpiringMap<CountedDataKey>({ maxAgeMs, maxEntries });
  const forDecryption = new ExpiringMap<DataKey>({ maxAgeMs, maxEntries });

  async function toEncrypt(use: DataKeyUse): Promise<DataKey> {
    refuseUnknownNames('toEncrypt', use, useNames);
    refuseNoKey('toEncrypt', 'keyId', use.keyId);
    const { keyId, encryptionContext = {}, bytes, grantTokens = [] } = use;
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError('bytes is the length of the message, a whole number.');
    const generate = () => generateDataKey(latchkey, { keyId, encryptionContext, grantTokens });
    if (bytes > maxBytes) return generate();
    const name = JSON.stringify([keyId, ...sorted(encryptionContext)]);
    for (;;) {
      const entry = await forEncryption.shared(name, async () => ({ dataKey: await generate(), messages: 0, bytes: 0 }));
      // Counted before anything is awaited again, so that callers who shared a call cannot exceed the bounds together.
      if (entry.messages < maxMessages && entry.bytes + bytes <= maxBytes) {
        entry.messages += 1;
        entry.bytes += bytes;
        return entry.dataKey;
      }
      forEncryption.delete(name, entry);
    }
  }

  async function toDecrypt(encrypted: EncryptedDataKey): Promise<DataKey> {
    refuseUnknownNames('toDecrypt', encrypted, encryptedNames);
    const { ciphertextBlob, encryptionContext = {}, keyId = '', grantTokens = [] } = encrypted;
    const blob = Buffer.from(ciphertextBlob);
    const name = JSON.stringify([blob.toString('base64'), keyId, ...sorted(encryptionContext)]);
    return forDecryption.shared(name, async () => {
      const { plaintext } = await latchkey.crypto.decrypt({
        ciphertext_blob: blob,
        encryption_context: encryptionContext,
        key_id: keyId,
        grant_tokens: [...grantTokens],
      });
      return { key: keyObject(plaintext), ciphertextBlob: blob };
    });
  }

  return {
    toEncrypt,
    toDecrypt,
    clear: () => {
      forEncryption.clear();
      forDecryption.clear();
    },
  };
}

/** How much a data key has been used. */
interface CountedDataKey {
  readonly dataKey: DataKey;
  messages: number;
  bytes: number;
}

async function generateDataKey(
  latchkey: CryptoCaller<'generateDataKey'>,
  { keyId, encryptionContext, grantTokens }: Required<Omit<DataKeyUse, 'bytes'>>,
): Promise<DataKey> {
  const { plaintext, ciphertext_blob } = await latchkey.crypto.generateDataKey({
    key_id: keyId,
    encryption_context: encryptionContext,
    key_spec: 'DATA_KEY_SPEC_AES_256',
    grant_tokens: [...grantTokens],
  });
  return { key: keyObject(plaintext), ciphertextBlob: ciphertext_blob };
}

function keyObject(plaintext: Buffer): KeyObject {
  const key = createSecretKey(plaintext);
  plaintext.fill(0);
  return key;
}

function sorted(context: EncryptionContext): readonly (readonly [string, string])[] {
  return Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function validated(bounds: DataKeyBounds): Required<DataKeyBounds> {
  refuseUnknownNames('dataKeyCache', bounds, boundNames);
  const { maxAgeMs, maxMessages = 2 ** 32, maxBytes = 2 ** 36, maxEntries = 1000 } = bounds;
  return {
    maxAgeMs: wholeNumber('maxAgeMs', maxAgeMs, greatestTimerMs),
    maxMessages: wholeNumber('maxMessages', maxMessages, 2 ** 32),
    maxBytes: wholeNumber('maxBytes', maxBytes, Number.MAX_SAFE_INTEGER),
    maxEntries: wholeNumber('maxEntries', maxEntries, 1_000_000),
  };
}

function wholeNumber(name: string, value: number, greatest: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= greatest) return value;
  throw new RangeError(`${name} is a whole number from 1 to ${greatest}.`);
}

const boundNames = { maxAgeMs: true, maxMessages: true, maxBytes: true, maxEntries: true } satisfies Record<
  keyof DataKeyBounds,
  true
>;
const useNames = { keyId: true, encryptionContext: true, bytes: true, grantTokens: true } satisfies Record<keyof DataKeyUse, true>;
/** A DataKey may be given back as it is. */
const encryptedNames = {
  ciphertextBlob: true,
  encryptionContext: true,
  keyId: true,
  key: true,
  grantTokens: true,
} satisfies Record<keyof EncryptedDataKey | keyof DataKey, true>;

/** 24 days: Node's timers go no further than 2^31 ms. */
const greatestTimerMs = 24 * 24 * 60 * 60 * 1000;
