/** Common to what uses a key. */
export interface GrantTokenOptions {
  /** Tokens that CreateGrant answered, at most 10. Taken as AWS KMS takes them: a grant counts without its token too. */
  readonly grantTokens?: readonly string[];
}
