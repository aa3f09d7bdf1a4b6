import type { ConditionKey } from './condition-keys.ts';
import type { OperatorName, Qualifier } from './condition-operators.ts';
import type { PolicyVersion } from './policy-version.ts';

/** A policy that `parsePolicy` accepted: everything in it is known and fits, so that whoever evaluates it refuses nothing. */
export interface PolicyDocument {
  readonly version: PolicyVersion;
  readonly statements: readonly Statement[];
}

/** What a policy is attached to: a key, or whoever calls (a principal, or a group of them). */
export type PolicyKind = 'key' | 'identity';

export interface Statement {
  /** From 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** Of key policies only. */
  readonly principal: PrincipalClause | undefined;
  /** Patterns of `kms:<Call>`, whose case does not count. */
  readonly action: PatternClause;
  /** Patterns of ARNs, or `*`; they may hold policy variables. */
  readonly resource: PatternClause;
  /** All must hold. */
  readonly conditions: readonly Condition[];
}

/** `Action` or, negated, `NotAction`; so too for resources. */
export interface PatternClause {
  readonly negated: boolean;
  readonly patterns: readonly string[];
}

/** `Principal` or, negated, `NotPrincipal`. */
export interface PrincipalClause {
  readonly negated: boolean;
  /** `*` */
  readonly everyone: boolean;
  /** The account's id or its root's ARN. */
  readonly account: boolean;
  /** Principals of this service, other than root. */
  readonly arns: readonly string[];
}

export interface Condition {
  readonly operator: OperatorName;
  readonly qualifier: Qualifier | undefined;
  readonly ifExists: boolean;
  readonly key: ConditionKey;
  /** At least one; as the document has them, numbers and booleans as text. */
  readonly values: readonly string[];
}
