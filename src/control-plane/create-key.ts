import { KmsError } from '../errors.ts';
import type { ClientToken } from '../keys/client-token.ts';
import type { KeyManager, KeyOrigin, KeySpec, KeyUsage } from '../keys/key-spec.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import type { Key } from '../keys/key.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';
import { newMaterial } from './new-material.ts';
import { oncePerToken } from './once-per-token.ts';

export interface CreateKeyOrder {
  readonly description: string;
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  readonly origin: KeyOrigin;
  readonly clientToken: ClientToken | undefined;
}

/** Makes a key with its first backing key. A repeated client token answers with the key it made, as that key is now. */
export async function createKey(order: CreateKeyOrder, plane: ControlPlane): Promise<KeySnapshot> {
  if (order.origin === 'EXTERNAL') {
    throw new KmsError('UNSUPPORTED_OPERATION', 'This version cannot import key material; create the key with origin AWS_KMS.');
  }
  const { clientToken, description, keySpec, keyUsage, origin } = order;
  const now = plane.clock.now();
  const tokened = { clientToken, scope: 'CreateKey', parameters: JSON.stringify([description, keySpec, keyUsage, origin]), now };

  const { keyId } = await plane.keyring.change(async (reading) => {
    await reading.begin();
    return oncePerToken(tokened, reading, () => {
      const { key, material, storedKey } = newKey(order, plane, now);
      return { change: { insertKey: key, insertMaterial: { material, storedKey } }, answer: material };
    });
  });
  return findKey({ kind: 'key', keyId }, plane);
}

function newKey(
  { description, keySpec, keyUsage, origin }: CreateKeyOrder,
  plane: Pick<ControlPlane, 'table' | 'domainKeyId' | 'newKeyId'>,
  now: number,
): { readonly key: Key; readonly material: KeyMaterial; readonly storedKey: Uint8Array } {
  const keyId = plane.newKeyId();
  const keyManager: KeyManager = 'CUSTOMER';
  const { keyMaterialId, storedKey } = newMaterial(plane, keyId, keySpec);
  return {
    key: {
      keyId,
      keySpec,
      keyUsage,
      origin,
      keyManager,
      description,
      createdAt: now,
      disabled: false,
      currentKeyMaterialId: keyMaterialId,
      materialCount: 1,
    },
    material: { keyMaterialId, keyId, keySpec, sequence: 1, createdAt: now },
    storedKey,
  };
}
