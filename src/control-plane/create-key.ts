import type { PrincipalId } from '../access/principal.ts';
import type { ClientToken } from '../keys/client-token.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyOrigin, KeySpec, KeyUsage } from '../keys/key-spec.ts';
import type { Key } from '../keys/key.ts';
import { requireRotatable, scheduled } from '../keys/rotation.ts';
import { type Tag, tagged } from '../keys/tag.ts';
import type { KeyringChange } from '../keyring/change.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import type { Reading } from '../keyring/reading.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';
import { newMaterial } from './new-material.ts';
import { oncePerToken } from './once-per-token.ts';
import { type NewKeyPolicy, withPolicy } from './put-key-policy.ts';

export interface CreateKeyOrder {
  readonly description: string;
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  readonly origin: KeyOrigin;
  readonly tags: readonly Tag[];
  /** Absent: it is not rotated automatically. */
  readonly rotationPeriodDays: number | undefined;
  readonly deletionProtected: boolean;
  /** Absent: the default one. */
  readonly policy?: NewKeyPolicy;
  readonly clientToken: ClientToken | undefined;
  /** Who asks: nobody is answered with what another made with the same client token. Absent where there is no token. */
  readonly createdBy?: PrincipalId;
}

/**
 * Makes a key, with its first backing key unless that is to be imported. A repeated client token answers with the key it made,
 * as that key is now, and says so: who may make keys may not therefore look at them later. Throws UNSUPPORTED_OPERATION, LIMIT_EXCEEDED, MALFORMED_POLICY.
 */
export async function createKey(order: CreateKeyOrder, plane: ControlPlane): Promise<CreatedKey> {
  const { clientToken, createdBy = '', ...parameters } = order;
  const now = plane.clock.now();
  const tokened = { clientToken, scope: `CreateKey ${createdBy}`, parameters: JSON.stringify(parameters), now };

  let isRepeated = true;
  const { keyId } = await plane.keyring.change(async (reading) => {
    await reading.begin();
    return oncePerToken(tokened, reading, async () => {
      isRepeated = false;
      const change = newKey(order, plane.newKeyId(), { plane, now });
      const insertKey = await withItsPolicy(change.insertKey, order, { reading, plane });
      return { change: { ...change, insertKey }, answer: { keyId: insertKey.keyId } };
    });
  });
  return { ...(await findKey({ kind: 'key', keyId }, plane)), isRepeated };
}

export interface CreatedKey extends KeySnapshot {
  /** An earlier call made it. */
  readonly isRepeated: boolean;
}

async function withItsPolicy(
  key: Key,
  { policy }: CreateKeyOrder,
  { reading, plane }: { readonly reading: Reading; readonly plane: Pick<ControlPlane, 'principals'> },
): Promise<Key> {
  if (policy === undefined) return key;
  const { after } = await withPolicy(key, policy, { reading, finder: plane.principals });
  return after;
}

function newKey(
  order: CreateKeyOrder,
  keyId: KeyId,
  { plane, now }: { plane: Pick<ControlPlane, 'table' | 'domainKeyId'>; now: number },
): KeyringChange & { readonly insertKey: Key } {
  const { keySpec, keyUsage, origin, description, deletionProtected } = order;
  const blank: Key = {
    keyId,
    keySpec,
    keyUsage,
    origin,
    keyManager: 'CUSTOMER',
    description,
    createdAt: now,
    stateChangedAt: now,
    disabled: false,
    materialCount: 0,
    ...(deletionProtected ? { deletionProtected } : {}),
  };
  const labelled = order.tags.length === 0 ? blank : tagged(blank, order.tags);
  const key = order.rotationPeriodDays === undefined ? labelled : scheduledFromStart(labelled, order.rotationPeriodDays, now);
  if (origin === 'EXTERNAL') return { insertKey: key };

  const { keyMaterialId, storedKey } = newMaterial(plane, keyId, keySpec);
  return {
    insertKey: { ...key, currentKeyMaterialId: keyMaterialId, materialCount: 1 },
    insertMaterial: { material: { keyMaterialId, keyId, keySpec, sequence: 1, createdAt: now }, storedKey },
  };
}

function scheduledFromStart(key: Key, periodDays: number, now: number): Key {
  requireRotatable(key);
  return scheduled(key, periodDays, now);
}
