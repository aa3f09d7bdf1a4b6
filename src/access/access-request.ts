import type { Tag } from '../keys/tag.ts';
import type { ActionName } from './actions.ts';
import type { ConditionKeyName } from './condition-keys.ts';
import type { GrantScope } from './grant.ts';
import type { PrincipalId } from './principal.ts';

/** What a request has for a condition key. An empty list is as good as none. */
export type AttributeValue = string | readonly string[];

/** Who wants to do what, with what. */
export interface AccessRequest {
  readonly caller: Caller;
  readonly action: ActionName;
  /** The ARN of the key, alias or principal at stake; `*` for an action that has none. */
  readonly resource: string;
  /**
   * What the request says of a condition key, with the parameter of those that are a family: asked only for what a policy
   * reads, and not about the caller and the time. `undefined` and an empty list mean that the key is missing.
   */
  readonly attributes: (name: ConditionKeyName, parameter: string | undefined) => AttributeValue | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** With `kms:CreateGrant`: what would be granted, since who may create grants by a grant may give no more than that one has. */
  readonly newGrant?: GrantScope;
}

/** A principal as policies see it. */
export interface Caller {
  readonly principalId: PrincipalId;
  readonly arn: string;
  /** 12 digits. */
  readonly account: string;
  /** `user/token/alice`, or `root`. */
  readonly path: string;
  readonly tags?: readonly Tag[];
}
