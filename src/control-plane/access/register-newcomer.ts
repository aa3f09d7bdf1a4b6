import type { Principal } from '../../access/principal.ts';
import type { Newcomer } from '../../identity/identify.ts';
import { unauthenticated } from '../../identity/unauthenticated.ts';
import type { ControlPlane } from '../control-plane.ts';
import { NewcomerLimit } from './newcomer-limit.ts';
import { requireFewPrincipals } from './require-few.ts';

/**
 * What makes the principal of a subject that has authenticated for the first time. It may do nothing until somebody allows it something.
 * Throws UNAUTHENTICATED when its name is or was another's: whoever wrote a policy about that name did not mean this one; THROTTLED
 * when too many come at once, and LIMIT_EXCEEDED.
 */
export function registrar(plane: Plane): (newcomer: Newcomer) => Promise<void> {
  const limit = new NewcomerLimit(() => plane.clock.steadyNow());
  return (newcomer) => registerNewcomer(newcomer, plane, limit);
}

type Plane = Pick<ControlPlane, 'keyring' | 'clock' | 'newPrincipalId'>;

async function registerNewcomer(
  { subject, path }: Newcomer,
  { keyring, clock, newPrincipalId }: Plane,
  limit: NewcomerLimit,
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
    // Only now: whoever is refused uses up nothing of what is left for others.
    limit.take(path.slice(0, path.lastIndexOf('/')));
    const insertPrincipal: Principal = { principalId: newPrincipalId(), path, subject, createdAt: now, disabled: false };
    return { change: { insertPrincipal }, answer: undefined };
  });
}
