import { parsePolicy } from '../access/parse-policy.ts';
import { type PolicyFinding, malformedPolicy, withAbsent } from '../access/policy-findings.ts';
import { KmsError } from '../errors.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { KeyId } from '../keys/key-id.ts';
import { requireState } from '../keys/key-state.ts';
import type { Key } from '../keys/key.ts';
import type { Reading } from '../keyring/reading.ts';
import { type PrincipalFinder, bindPrincipals } from './bind-principals.ts';
import type { ControlPlane } from './control-plane.ts';

export interface KeyPolicyOrder {
  readonly keyId: KeyId;
  readonly policy: NewKeyPolicy;
}

/** A key policy that is put, and what its author must still be allowed with it. */
export interface NewKeyPolicy {
  /** JSON, as it is kept and shown again. */
  readonly text: string;
  /** Whether its author may put another policy on a key that has this one. Absent: it does not matter. */
  readonly mayReplace?: (after: Key) => Promise<boolean>;
}

/** Replaces a key's policy, and answers what in it may not do what its author thinks. Throws MALFORMED_POLICY. */
export async function putKeyPolicy(
  { keyId, policy }: KeyPolicyOrder,
  plane: Pick<ControlPlane, 'keyring' | 'principals' | 'clock'>,
): Promise<readonly PolicyFinding[]> {
  return plane.keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireState(key, 'put-policy', plane.clock.steadyNow());
    const { after, warnings } = await withPolicy(key, policy, { reading, finder: plane.principals });
    return { change: { updateKey: after }, answer: warnings };
  });
}

/** The key with another policy. Throws MALFORMED_POLICY, also for principals that there are not, and when it shuts its author out. */
export async function withPolicy(
  key: Key,
  { text, mayReplace }: NewKeyPolicy,
  { reading, finder }: { readonly reading: Reading; readonly finder: PrincipalFinder },
): Promise<{ readonly after: Key; readonly warnings: readonly PolicyFinding[] }> {
  const parsed = parsePolicy(text, { kind: 'key', scope: finder.scope });
  const { bound, absent } = await bindPrincipals(parsed.principals, reading, finder);
  const problems = withAbsent(parsed.problems ?? [], absent, text);
  if (parsed.problems !== undefined || problems.length > 0) throw malformedPolicy(problems);
  const after = { ...key, policy: text, policyPrincipals: bound };
  if (mayReplace !== undefined && !(await mayReplace(after))) throw lockedOut();
  return { after, warnings: parsed.warnings };
}

/** What `putKeyPolicy` answered, or would. */
export function keyPolicyWarnings(text: string, scope: ArnScope): readonly PolicyFinding[] {
  const parsed = parsePolicy(text, { kind: 'key', scope });
  return parsed.problems === undefined ? parsed.warnings : [];
}

/** A key has one policy, and it has AWS KMS's name for it. */
export const keyPolicyName = 'default';

function lockedOut(): KmsError {
  return new KmsError(
    'MALFORMED_POLICY',
    'policy: does not let its author call PutKeyPolicy, so that nobody may be able to change it again. Name the author, or the ' +
      'account whose identity policies allow it, or set bypass_policy_lockout_safety_check.',
  );
}
