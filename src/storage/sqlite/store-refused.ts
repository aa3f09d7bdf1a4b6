/**
 * The database cannot be used as it is. The message names the file, what is wrong and the cure.
 * A refused store is not migrated, repaired or replaced.
 */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

export type RefusalReason =
  | 'in-use'
  | 'newer'
  /** A file that Latchkey did not write. */
  | 'foreign'
  | 'damaged';
