import { type PrincipalId, parsePrincipalArn } from '../access/principal.ts';
import { KmsError } from '../errors.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import type { ControlPlane } from './control-plane.ts';

/**
 * The id of the principal that an ARN names, also when it is deleted: grants to it are still there. `field` is the proto field that
 * the ARN came in. Throws NO_SUCH_ENTITY, KEY_UNAVAILABLE.
 */
export async function findPrincipal(
  arn: string,
  field: string,
  { keyring, principals }: Pick<ControlPlane, 'keyring' | 'principals'>,
): Promise<PrincipalId> {
  const path = parsePrincipalArn(arn, principals.scope);
  const builtIn = path === undefined ? undefined : principals.builtIn.get(path);
  if (builtIn !== undefined) return builtIn;
  const look = () => (path === undefined ? undefined : keyring.directory.principalByPath(path));
  const found = look();
  const snapshot = found instanceof Missing ? await untilLoaded(found, look, () => undefined) : found;
  if (snapshot === undefined) throw new KmsError('NO_SUCH_ENTITY', `${field}: there is no ${arn}.`);
  return snapshot.principal.principalId;
}
