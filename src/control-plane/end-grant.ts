import { KmsError } from '../errors.ts';
import { requireState } from '../keys/key-state.ts';
import type { NamedGrant } from '../keyring/grant-token.ts';
import type { ControlPlane } from './control-plane.ts';
import { unlessDryRun } from './unless-dry-run.ts';

/**
 * RetireGrant and RevokeGrant, which differ in who may. Grants that were created by it stay, as in AWS KMS. When this returns, no call
 * that begins afterwards is allowed by it. One whose record is not authentic goes too, as a grant of the key that its row names. Throws GRANT_NOT_FOUND, DRY_RUN.
 */
export async function endGrant(
  { keyId, grantId, dryRun }: NamedGrant & { readonly dryRun: boolean },
  { keyring, clock }: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  await keyring.change(async (reading) => {
    requireState(await reading.key(keyId), 'end-grant', clock.steadyNow());
    const grant = await reading.grantPlace({ keyId, grantId });
    if (grant === undefined) throw new KmsError('GRANT_NOT_FOUND', `Key ${keyId} has no grant ${grantId}.`);
    return unlessDryRun({ dryRun }, { change: { deleteGrants: [grant] }, answer: undefined });
  });
}
