/**
 * Where the root key comes from. Its bytes go from there into native memory; nothing here returns them.
 *
 * The root key wraps domain keys, which wrap backing keys: whoever loses it loses every ciphertext. So it is made only for
 * a store that has no keys yet, and never a second time over one that has.
 */
export interface RootKey {
  /** For people: the file or token. */
  readonly location: string;
  /** Takes the root key into native memory and answers its id (32 hex digits); `undefined` when there is none. Throws `StartRefused`. */
  open(): string | undefined;
  /**
   * Makes a root key where there is none, durable when this returns, and opens it. One that appeared meanwhile is opened
   * instead. Throws `StartRefused`.
   */
  create(): string;
}
