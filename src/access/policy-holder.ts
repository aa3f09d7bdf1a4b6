import { KmsError } from '../errors.ts';
import { accessLimits } from './access-limits.ts';
import type { InlinePolicy } from './inline-policy.ts';
import { type ReadyPolicyName, readyPolicyNames } from './ready-policy-name.ts';

/** A principal or a group, as far as identity policies belong to it. */
export interface PolicyHolder {
  readonly readyPolicies?: readonly ReadyPolicyName[];
  readonly inlinePolicies?: readonly InlinePolicy[];
}

/** The holder with this policy, instead of the one of that name if it has one. Throws LIMIT_EXCEEDED. */
export function withInlinePolicy<Holder extends PolicyHolder>(holder: Holder, policy: InlinePolicy): Holder {
  const others = (holder.inlinePolicies ?? []).filter(({ name }) => name !== policy.name);
  if (others.length >= accessLimits.policiesOfOwner) {
    throw new KmsError(
      'LIMIT_EXCEEDED',
      `It has ${others.length} identity policies of its own, which is the most; delete one, or put the statements into one of them.`,
    );
  }
  return { ...holder, inlinePolicies: [...others, policy].toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Throws NO_SUCH_ENTITY. */
export function withoutInlinePolicy<Holder extends PolicyHolder>(holder: Holder, name: string): Holder {
  const found = inlinePolicy(holder, name);
  return { ...holder, inlinePolicies: (holder.inlinePolicies ?? []).filter((policy) => policy !== found) };
}

/** Throws NO_SUCH_ENTITY. */
export function inlinePolicy({ inlinePolicies = [] }: PolicyHolder, name: string): InlinePolicy {
  const policy = inlinePolicies.find((one) => one.name === name);
  if (policy === undefined) throw new KmsError('NO_SUCH_ENTITY', `It has no identity policy ${name} of its own.`);
  return policy;
}

/** The holder with a ready policy; itself when it has that already. */
export function withReadyPolicy<Holder extends PolicyHolder>(holder: Holder, name: ReadyPolicyName): Holder {
  const { readyPolicies = [] } = holder;
  if (readyPolicies.includes(name)) return holder;
  return { ...holder, readyPolicies: readyPolicyNames.filter((one) => one === name || readyPolicies.includes(one)) };
}

/** Throws NO_SUCH_ENTITY. */
export function withoutReadyPolicy<Holder extends PolicyHolder>(holder: Holder, name: ReadyPolicyName): Holder {
  const { readyPolicies = [] } = holder;
  if (!readyPolicies.includes(name)) throw new KmsError('NO_SUCH_ENTITY', `The ready policy ${name} is not attached to it.`);
  return { ...holder, readyPolicies: readyPolicies.filter((one) => one !== name) };
}
