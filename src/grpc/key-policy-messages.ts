import type { PolicyFinding } from '../access/policy-findings.ts';
import type { NewKeyPolicy } from '../control-plane/put-key-policy.ts';
import type { PolicyWarning } from '../generated/latchkey/v1/PolicyWarning.ts';
import type { CallFacts } from '../permission/call-facts.ts';
import type { Permission } from '../permission/permission.ts';

/** The policy of a request, if it has one, and whether its author is to be kept from shutting themselves out. */
export function newKeyPolicy(
  { policy: text, bypass_policy_lockout_safety_check: bypass }: PolicyFields,
  permission: Permission,
): NewKeyPolicy | undefined {
  if (text === '') return undefined;
  return bypass ? { text } : { text, mayReplace: (after) => permission.mayPutPolicyOn(after) };
}

export function bypassValues({ bypass_policy_lockout_safety_check: bypass }: PolicyFields): NonNullable<CallFacts['values']> {
  return { 'kms:BypassPolicyLockoutSafetyCheck': String(bypass) };
}

export function policyWarnings(findings: readonly PolicyFinding[]): PolicyWarning[] {
  return findings.map(({ path, message }) => ({ location: path, message }));
}

interface PolicyFields {
  readonly policy: string;
  readonly bypass_policy_lockout_safety_check: boolean;
}

/** What it takes to put a policy that one could not change again, beside the call itself. */
export const bypassAction = 'kms:BypassPolicyLockoutSafetyCheck';
