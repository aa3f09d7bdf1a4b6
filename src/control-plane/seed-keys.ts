import type { NativeKeyTable } from '../crypto/native.ts';
import { KmsError, StartRefused } from '../errors.ts';
import type { AliasName } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import type { Key } from '../keys/key.ts';
import { type Tag, tagged } from '../keys/tag.ts';
import { keyIdBytes } from '../keyring/material-table.ts';
import type { Reading } from '../keyring/reading.ts';
import type { ControlPlane } from './control-plane.ts';
import { createAlias } from './create-alias.ts';
import { wrappedMaterial } from './new-material.ts';

/** A key of a seed file: whoever has the file has its material. */
export interface SeedKey {
  readonly keyId: KeyId;
  /** 32 bytes. */
  readonly material: Uint8Array;
  readonly description: string;
  readonly aliases: readonly AliasName[];
  readonly tags: readonly Tag[];
}

/**
 * Makes the keys and aliases of a seed that are not there yet and leaves alone those that are, so that the server can be started
 * with it again and again. The store counts as insecure from then on. Throws `StartRefused` when a key is there with other material.
 */
export async function seedKeys(keys: readonly SeedKey[], plane: SeedPlane): Promise<void> {
  for (const seed of keys) {
    await plane.keyring.change(async (reading) => {
      const { keyMaterialId, storedKey } = wrappedMaterial(
        plane.table.dangerouslyWrapMaterial(plane.domainKeyId, keyIdBytes(seed.keyId), 'SYMMETRIC_DEFAULT', seed.material),
      );
      if (await isThere(seed, keyMaterialId, reading)) return { answer: undefined };

      const key = seededKey(seed, keyMaterialId, plane.clock.now());
      const { keyId, keySpec, createdAt } = key;
      const insertMaterial = { material: { keyMaterialId, keyId, keySpec, sequence: 1, createdAt }, storedKey };
      const isInsecure = await reading.isInsecure();
      if (!isInsecure && (await reading.hasKeys())) throw new StartRefused(holdsOthers);
      const mark = isInsecure ? {} : ({ markInsecure: true } as const);
      return { change: { insertKey: key, insertMaterial, ...mark }, answer: undefined };
    });
    for (const aliasName of seed.aliases) await seedAlias(aliasName, seed.keyId, plane);
  }
}

async function isThere({ keyId }: SeedKey, keyMaterialId: KeyMaterialId, reading: Reading): Promise<boolean> {
  if (await reading.isDestroyed(keyId)) {
    throw new StartRefused(`Key ${keyId} of the seed was destroyed; a key id is never used again. Give it another.`);
  }
  const key = await reading.findKey(keyId);
  if (key === undefined) return false;
  if (key.insecure === true && (await reading.material(keyMaterialId))?.material.keyId === keyId) return true;
  throw new StartRefused(
    `Key ${keyId} of the seed is in the store with other material. Give it another id, or start with an empty store.`,
  );
}

function seededKey({ keyId, description, tags }: SeedKey, currentKeyMaterialId: KeyMaterialId, now: number): Key {
  const key: Key = {
    keyId,
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    keyManager: 'CUSTOMER',
    description,
    createdAt: now,
    stateChangedAt: now,
    disabled: false,
    currentKeyMaterialId,
    materialCount: 1,
    insecure: true,
  };
  return tags.length === 0 ? key : tagged(key, tags);
}

/** An alias that somebody has pointed elsewhere meanwhile stays where it is; one whose key may have none now is not made. */
async function seedAlias(aliasName: AliasName, targetKeyId: KeyId, plane: SeedPlane): Promise<void> {
  try {
    await createAlias({ aliasName, targetKeyId }, plane);
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    if (error.reason === 'ALREADY_EXISTS' || error.reason === 'KEY_PENDING_DELETION') return;
    throw new StartRefused(`The seed cannot make ${aliasName}: ${error.message}`, { cause: error });
  }
}

const holdsOthers =
  'The store holds keys that are not from a seed; with one it could not be used without --dev ever again. Name another folder in LATCHKEY_DATA_DIR.';

interface SeedPlane extends Pick<ControlPlane, 'keyring' | 'domainKeyId' | 'clock'> {
  readonly table: Pick<NativeKeyTable, 'dangerouslyWrapMaterial'>;
}
