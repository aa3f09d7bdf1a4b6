import { accessLimits } from '../../access/access-limits.ts';
import type { InlinePolicy } from '../../access/inline-policy.ts';
import { parsePolicy } from '../../access/parse-policy.ts';
import { type PolicyFinding, malformedPolicy } from '../../access/policy-findings.ts';
import {
  type PolicyHolder,
  withInlinePolicy,
  withReadyPolicy,
  withoutInlinePolicy,
  withoutReadyPolicy,
} from '../../access/policy-holder.ts';
import type { PrincipalId } from '../../access/principal.ts';
import type { ReadyPolicyName } from '../../access/ready-policy-name.ts';
import type { ControlPlane } from '../control-plane.ts';
import { changePrincipal } from './change-principal.ts';
import { existingGroup } from './find-group.ts';

/** Whose identity policies are meant. */
export type HolderName =
  { readonly kind: 'principal'; readonly principalId: PrincipalId } | { readonly kind: 'group'; readonly name: string };

/**
 * Gives the holder an identity policy of its own, or replaces the one of that name, and answers what in it may not do what its
 * author thinks. Throws MALFORMED_POLICY, NO_SUCH_ENTITY, LIMIT_EXCEEDED.
 */
export async function putIdentityPolicy(
  holder: HolderName,
  policy: InlinePolicy,
  plane: Pick<ControlPlane, 'keyring' | 'principals'>,
): Promise<readonly PolicyFinding[]> {
  const { scope } = plane.principals;
  const parsed = parsePolicy(policy.document, { kind: 'identity', scope, maxBytes: accessLimits.identityPolicyBytes });
  if (parsed.problems !== undefined) throw malformedPolicy(parsed.problems);
  await changeHolder(holder, (before) => withInlinePolicy(before, policy), plane);
  return parsed.warnings;
}

/** Throws NO_SUCH_ENTITY. */
export async function deleteIdentityPolicy(holder: HolderName, name: string, plane: Pick<ControlPlane, 'keyring'>): Promise<void> {
  await changeHolder(holder, (before) => withoutInlinePolicy(before, name), plane);
}

/** Attaching it again changes nothing. Throws NO_SUCH_ENTITY. */
export async function attachReadyPolicy(
  holder: HolderName,
  name: ReadyPolicyName,
  plane: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await changeHolder(holder, (before) => withReadyPolicy(before, name), plane);
}

/** Throws NO_SUCH_ENTITY. */
export async function detachReadyPolicy(
  holder: HolderName,
  name: ReadyPolicyName,
  plane: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  await changeHolder(holder, (before) => withoutReadyPolicy(before, name), plane);
}

async function changeHolder(
  holder: HolderName,
  change: <Holder extends PolicyHolder>(before: Holder) => Holder,
  plane: Pick<ControlPlane, 'keyring'>,
): Promise<void> {
  if (holder.kind === 'principal') return changePrincipal(holder.principalId, change, plane);
  return plane.keyring.change(async (reading) => {
    const group = await existingGroup(holder.name, reading);
    const after = change(group);
    return after === group ? { answer: undefined } : { change: { updateGroup: after }, answer: undefined };
  });
}
