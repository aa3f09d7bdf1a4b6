import type { PrincipalId } from '../../access/principal.ts';
import type { ControlPlane } from '../control-plane.ts';
import { changePrincipal } from './change-principal.ts';

/** Throws NO_SUCH_ENTITY. */
export async function enablePrincipal(principalId: PrincipalId, plane: Pick<ControlPlane, 'keyring'>): Promise<void> {
  await changePrincipal(principalId, (principal) => (principal.disabled ? { ...principal, disabled: false } : principal), plane);
}
