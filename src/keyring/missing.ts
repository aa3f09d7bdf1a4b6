/**
 * What a synchronous look into memory answers when the thing has to be read from the store first: load it, then begin the
 * whole operation again. So a decision about a key and the use of it are never torn apart by a wait.
 */
export class Missing {
  /** Throws what the caller is to be told when the thing does not exist or cannot be read. */
  readonly load: () => Promise<void>;

  constructor(load: () => Promise<void>) {
    this.load = load;
  }
}
