import type { Grant } from '../access/grant.ts';
import type { NamedGrant } from '../keyring/grant-token.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import type { ControlPlane } from './control-plane.ts';

/** The grant of this key that has this id, if there is one, and its record is authentic. Throws KEY_UNAVAILABLE. */
export async function findGrant(
  { keyId, grantId }: NamedGrant,
  { keyring }: Pick<ControlPlane, 'keyring'>,
): Promise<Grant | undefined> {
  const look = () => keyring.directory.grant(grantId);
  const found = look();
  const grant = found instanceof Missing ? await untilLoaded<Grant | undefined>(found, look, () => undefined) : found;
  return grant?.keyId === keyId ? grant : undefined;
}
