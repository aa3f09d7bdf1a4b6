import { KmsError } from '../errors.ts';
import type { KeyReference } from '../keys/key-reference.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import { Missing } from '../keyring/missing.ts';
import type { ControlPlane } from './control-plane.ts';

/** The key that a caller names. Throws KEY_NOT_FOUND, ALIAS_NOT_FOUND, KEY_UNAVAILABLE. */
export async function findKey(reference: KeyReference, { keyring }: Pick<ControlPlane, 'keyring'>): Promise<KeySnapshot> {
  for (let loads = 0; loads < maxLoads; loads++) {
    const found = keyring.key(reference);
    if (!(found instanceof Missing)) return found;
    await found.load();
  }
  throw new KmsError('KEY_UNAVAILABLE', 'More keys are in use at once than memory holds; repeat the call.');
}

/** An alias and its key; more loads mean that others push them out. */
const maxLoads = 6;
