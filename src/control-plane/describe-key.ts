import type { KeyReference } from '../keys/key-reference.ts';
import { type CountedUses, countedUses } from '../keys/uses.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';

/** The key that a caller names, and how it was used. Throws KEY_NOT_FOUND, ALIAS_NOT_FOUND, KEY_UNAVAILABLE. */
export async function describeKey(
  reference: KeyReference,
  plane: Pick<ControlPlane, 'keyring' | 'uses'>,
): Promise<KeySnapshot & { readonly used: CountedUses }> {
  const found = await findKey(reference, plane);
  const uses = await plane.uses.ofKey(found.key.keyId);
  return { ...found, used: countedUses(uses, found.key, plane.uses) };
}
