import { encryptBatch } from './batch-messages.ts';
import type { Items } from './batch-reader.ts';
import type { EncryptionContext } from './crypto-caller.ts';
import { refuseNoKey, refuseUnknownNames } from './known-names.ts';
import { many, manyNames } from './many.ts';
import type { ManyOptions, ManyParts, ManyResult } from './many.ts';
import { column, columnItem } from './many-items.ts';

/** What is encrypted; with a context column, and only then, together with the value of its row. */
export type EncryptItem = Uint8Array | { readonly plaintext: Uint8Array; readonly itemContextValue?: string };

export interface EncryptManyOptions extends ManyOptions {
  /** Key id, key ARN, `alias/<name>` or alias ARN. */
  readonly keyId: string;
  /** Bound to every ciphertext. */
  readonly encryptionContext?: EncryptionContext;
  /**
   * Binds each item to its row: its context is the common one and this key with the item's `itemContextValue`. The same pair is
   * needed to decrypt, so that no ciphertext can be moved to another row.
   */
  readonly itemContextKey?: string;
}

/** The ciphertext is a view of memory that it shares with others of its batch. */
export type EncryptedItem = ManyResult<{ readonly ciphertext: Buffer }>;

export function encryptMany(
  items: Items<EncryptItem>,
  options: EncryptManyOptions,
  parts: ManyParts,
): AsyncGenerator<EncryptedItem, void, undefined> {
  refuseUnknownNames('encryptMany', options, optionNames);
  refuseNoKey('encryptMany', 'keyId', options.keyId);
  const { keyId, encryptionContext: context = {}, itemContextKey, grantTokens = [] } = options;
  const columns = { itemContextKey: column(itemContextKey) };
  const call = {
    batch: encryptBatch({ keyId, context, column: columns.itemContextKey, grantTokens }),
    parse: (item: EncryptItem) => columnItem('plaintext', item, columns),
    success: (ciphertext: Buffer) => ({ ciphertext }),
  };
  return many(items, call, { ...parts, options });
}

const optionNames = { keyId: true, encryptionContext: true, itemContextKey: true, ...manyNames } satisfies Record<
  keyof EncryptManyOptions,
  true
>;
