import type { PrincipalId } from '../../access/principal.ts';
import type { ControlPlane } from '../control-plane.ts';
import { changePrincipal } from './change-principal.ts';

/** No call of it that begins after this is let in. Throws NO_SUCH_ENTITY. */
export async function disablePrincipal(principalId: PrincipalId, plane: Pick<ControlPlane, 'keyring'>): Promise<void> {
  await changePrincipal(principalId, (principal) => (principal.disabled ? principal : { ...principal, disabled: true }), plane);
}
