import type { Arn, ArnScope } from '../keys/arn.ts';
import type { InlinePolicy } from './inline-policy.ts';
import type { ReadyPolicyName } from './ready-policy-name.ts';

/** Principals that share policies. Who belongs to it, the principals say. Times are milliseconds since 1970. */
export interface Group {
  readonly name: string;
  readonly createdAt: number;
  readonly readyPolicies?: readonly ReadyPolicyName[];
  readonly inlinePolicies?: readonly InlinePolicy[];
}

/** A group without policies; the name is one. */
export function newGroup(name: string, now: number): Group {
  return { name, createdAt: now };
}

/** `arn:<partition>:iam::<account>:group/<name>` */
export function groupArn(scope: ArnScope, name: string): Arn {
  return `arn:${scope.partition}:iam::${scope.account}:group/${name}`;
}

export function isGroupName(text: string): boolean {
  return pattern.test(text);
}

const pattern = /^[A-Za-z0-9+=,.@_-]{1,128}$/;
