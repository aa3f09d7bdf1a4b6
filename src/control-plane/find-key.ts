import type { KeyReference } from '../keys/key-reference.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import type { ControlPlane } from './control-plane.ts';

/** The key that a caller names. Throws KEY_NOT_FOUND, ALIAS_NOT_FOUND, KEY_UNAVAILABLE. */
export async function findKey(reference: KeyReference, { keyring }: Pick<ControlPlane, 'keyring'>): Promise<KeySnapshot> {
  const look = () => keyring.key(reference);
  const found = look();
  return found instanceof Missing ? untilLoaded(found, look, () => undefined) : found;
}
