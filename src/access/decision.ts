import type { AttributeReads } from './attributes.ts';

/** The answer to an `AccessRequest`, and what it rests on. */
export interface Decision {
  readonly allowed: boolean;
  readonly by: DecidedBy;
  /** The condition keys whose values it depends on. */
  readonly reads: AttributeReads;
  /**
   * Milliseconds since 1970: from then on the time may decide otherwise, as it may before the moment of the request. Infinite when it
   * will not any more, or was not read.
   */
  readonly validUntil: number;
  /** The change counter of the store that the policies and grants were read at. */
  readonly counter: number;
}

/** What allowed it, or denied it. */
export type DecidedBy =
  /** An Allow that names the caller; or, when it is not allowed, an explicit Deny. */
  | StatementOfPolicy
  /** An Allow of the key policy that trusts the account, and with it an identity policy; the account itself needs none. */
  | { readonly kind: 'account-trust'; readonly trust: StatementOfPolicy; readonly identity: StatementOfPolicy | 'root' }
  | { readonly kind: 'grant'; readonly grantId: string }
  /** The account itself, where there is no key with a policy of its own. */
  | { readonly kind: 'root' }
  /** No statement and no grant allows it. */
  | { readonly kind: 'nothing' };

export interface StatementOfPolicy {
  readonly kind: 'statement';
  readonly policy: PolicySource;
  /** From 0. */
  readonly index: number;
  readonly sid: string | undefined;
}

/** Where a policy comes from. */
export type PolicySource =
  { readonly kind: 'key-policy' } | { readonly kind: 'identity-policy'; readonly name: string; readonly owner: PolicyOwner };

/** The caller itself, or a group that it is in. */
export type PolicyOwner = { readonly kind: 'principal' } | { readonly kind: 'group'; readonly name: string };
