import type { Grant } from '../access/grant.ts';
import type { NamedGrant } from '../keyring/grant-token.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import type { ControlPlane } from './control-plane.ts';

/** The grant of this key that has this id, if there is one. `loading` may say otherwise what goes wrong. Throws KEY_UNAVAILABLE. */
export async function findGrant(
  { keyId, grantId }: NamedGrant,
  { keyring }: Pick<ControlPlane, 'keyring'>,
  loading: (missing: Missing) => Missing = (missing) => missing,
): Promise<Grant | undefined> {
  const look = (): Grant | Missing | undefined => {
    const found = keyring.directory.grant(grantId);
    return found instanceof Missing ? loading(found) : found;
  };
  const found = look();
  const grant = found instanceof Missing ? await untilLoaded<Grant | undefined>(found, look, () => undefined) : found;
  return grant?.keyId === keyId ? grant : undefined;
}
