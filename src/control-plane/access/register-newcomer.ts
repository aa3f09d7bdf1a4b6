import type { Principal } from '../../access/principal.ts';
import type { Newcomer } from '../../identity/identify.ts';
import { unauthenticated } from '../../identity/unauthenticated.ts';
import type { ControlPlane } from '../control-plane.ts';
import { requireFewPrincipals } from './require-few.ts';

/**
 * Makes the principal of a subject that has authenticated for the first time. It may do nothing until somebody allows it something.
 * Throws UNAUTHENTICATED when its name is or was another's: whoever wrote a policy about that name did not mean this one; and
 * LIMIT_EXCEEDED.
 */
export async function registerNewcomer(
  { subject, path }: Newcomer,
  { keyring, clock, newPrincipalId }: Pick<ControlPlane, 'keyring' | 'clock' | 'newPrincipalId'>,
): Promise<void> {
  const now = clock.now();
  await keyring.change(async (reading) => {
    // Two first calls at once: the second finds what the first one made.
    if ((await reading.findPrincipalBySubject(subject)) !== undefined) return { answer: undefined };
    if ((await reading.findPrincipalByPath(path)) !== undefined)
      throw unauthenticated(
        new Error(`${JSON.stringify(subject)} would be called ${path}, which is the name of another principal.`),
      );
    await requireFewPrincipals(reading);
    const insertPrincipal: Principal = { principalId: newPrincipalId(), path, subject, createdAt: now, disabled: false };
    return { change: { insertPrincipal }, answer: undefined };
  });
}
