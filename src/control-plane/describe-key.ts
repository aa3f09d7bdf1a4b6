import type { KeyId } from '../keys/key-id.ts';
import { type CountedUses, countedUses } from '../keys/uses.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';

/** A key, and how it was used. Throws KEY_NOT_FOUND, KEY_UNAVAILABLE. */
export async function describeKey(
  keyId: KeyId,
  plane: Pick<ControlPlane, 'keyring' | 'uses'>,
): Promise<KeySnapshot & { readonly used: CountedUses }> {
  const found = await findKey({ kind: 'key', keyId }, plane);
  const uses = await plane.uses.ofKey(keyId);
  return { ...found, used: countedUses(uses, found.key, plane.uses) };
}
