import { reEncryptBatch } from './batch-messages.ts';
import type { Items } from './batch-reader.ts';
import type { EncryptionContext } from './crypto-caller.ts';
import { refuseNoKey, refuseUnknownNames } from './known-names.ts';
import { many, manyNames } from './many.ts';
import type { ManyOptions, ManyParts, ManyResult } from './many.ts';
import { column, columnItem } from './many-items.ts';

/** A ciphertext; with context columns, and only then, together with the values of its row in them. */
export type ReEncryptItem =
  | Uint8Array
  | { readonly ciphertext: Uint8Array; readonly itemContextValue?: string; readonly destinationItemContextValue?: string };

export interface ReEncryptManyOptions extends ManyOptions {
  /** The key to encrypt with: key id, key ARN, `alias/<name>` or alias ARN. */
  readonly destinationKeyId: string;
  /** Decrypt only with this key; items of others fail with INCORRECT_KEY. */
  readonly sourceKeyId?: string;
  /** The pairs that all of them were encrypted with. */
  readonly sourceEncryptionContext?: EncryptionContext;
  /** The pairs to bind to every new ciphertext. */
  readonly destinationEncryptionContext?: EncryptionContext;
  /** The context column that they were encrypted with; its values are the items' `itemContextValue`. */
  readonly sourceItemContextKey?: string;
  /** That of the new ciphertexts; its values are the items' `destinationItemContextValue`, or else their `itemContextValue`. */
  readonly destinationItemContextKey?: string;
  /**
   * What the destination's current backing key encrypted, in the context that the new ciphertext would have, is verified and comes
   * back as it was. So a job that was interrupted can be run again.
   */
  readonly skipIfCurrent?: boolean;
}

/** `reEncrypted` says whether the ciphertext is a new one. It is a view of memory that it shares with others of its batch. */
export type ReEncryptedItem = ManyResult<{ readonly ciphertext: Buffer; readonly reEncrypted: boolean }>;

export function reEncryptMany(
  items: Items<ReEncryptItem>,
  options: ReEncryptManyOptions,
  parts: ManyParts,
): AsyncGenerator<ReEncryptedItem, void, undefined> {
  refuseUnknownNames('reEncryptMany', options, optionNames);
  refuseNoKey('reEncryptMany', 'destinationKeyId', options.destinationKeyId);
  const columns = {
    itemContextKey: column(options.sourceItemContextKey),
    destinationItemContextKey: column(options.destinationItemContextKey),
  };
  const source = {
    keyId: options.sourceKeyId ?? '',
    context: options.sourceEncryptionContext ?? {},
    column: columns.itemContextKey,
  };
  const destination = {
    keyId: options.destinationKeyId,
    context: options.destinationEncryptionContext ?? {},
    column: columns.destinationItemContextKey,
  };
  const { skipIfCurrent = false, grantTokens = [] } = options;
  const call = {
    batch: reEncryptBatch({ source, destination, skipIfCurrent, grantTokens }),
    parse: (item: ReEncryptItem) => columnItem('ciphertext', item, columns),
    success: (ciphertext: Buffer, reEncrypted: boolean) => ({ ciphertext, reEncrypted }),
  };
  return many(items, call, { ...parts, options });
}

const optionNames = {
  destinationKeyId: true,
  sourceKeyId: true,
  sourceEncryptionContext: true,
  destinationEncryptionContext: true,
  sourceItemContextKey: true,
  destinationItemContextKey: true,
  skipIfCurrent: true,
  ...manyNames,
} satisfies Record<keyof ReEncryptManyOptions, true>;
