import { type PrincipalId, deletedPrincipal } from '../../access/principal.ts';
import type { ControlPlane } from '../control-plane.ts';
import { livePrincipal } from './change-principal.ts';

/**
 * Deletes a principal with its access tokens, policies and tags. Its id, path and subject stay, so that none of them ever means
 * another. Throws NO_SUCH_ENTITY.
 */
export async function deletePrincipal(principalId: PrincipalId, plane: Pick<ControlPlane, 'keyring' | 'clock'>): Promise<void> {
  const now = plane.clock.now();
  await plane.keyring.change(async (reading) => {
    const principal = await livePrincipal(principalId, reading);
    const deleteAccessTokens = await reading.accessTokenIds(principalId);
    return { change: { updatePrincipal: deletedPrincipal(principal, now), deleteAccessTokens }, answer: undefined };
  });
}
