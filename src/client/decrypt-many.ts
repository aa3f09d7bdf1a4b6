import { decryptBatch } from './batch-messages.ts';
import type { Items } from './batch-reader.ts';
import type { EncryptionContext } from './crypto-caller.ts';
import { refuseUnknownNames } from './known-names.ts';
import { many, manyNames } from './many.ts';
import type { ManyOptions, ManyParts, ManyResult } from './many.ts';
import { column, columnItem } from './many-items.ts';

/** A ciphertext; with a context column, and only then, together with the value of its row. */
export type DecryptItem = Uint8Array | { readonly ciphertext: Uint8Array; readonly itemContextValue?: string };

export interface DecryptManyOptions extends ManyOptions {
  /** Decrypt only with this key; items of others fail with INCORRECT_KEY. By default each ciphertext names its own. */
  readonly keyId?: string;
  /** The pairs that all of them were encrypted with. */
  readonly encryptionContext?: EncryptionContext;
  /** The context column that they were encrypted with. */
  readonly itemContextKey?: string;
}

/** The plaintext is a view of memory that it shares with others of its batch. */
export type DecryptedItem = ManyResult<{ readonly plaintext: Buffer }>;

export function decryptMany(
  items: Items<DecryptItem>,
  options: DecryptManyOptions,
  parts: ManyParts,
): AsyncGenerator<DecryptedItem, void, undefined> {
  refuseUnknownNames('decryptMany', options, optionNames);
  const { keyId = '', encryptionContext: context = {}, itemContextKey, grantTokens = [] } = options;
  const columns = { itemContextKey: column(itemContextKey) };
  const call = {
    batch: decryptBatch({ keyId, context, column: columns.itemContextKey, grantTokens }),
    parse: (item: DecryptItem) => columnItem('ciphertext', item, columns),
    success: (plaintext: Buffer) => ({ plaintext }),
  };
  return many(items, call, { ...parts, options });
}

const optionNames = { keyId: true, encryptionContext: true, itemContextKey: true, ...manyNames } satisfies Record<
  keyof DecryptManyOptions,
  true
>;
