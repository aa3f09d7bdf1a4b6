import { type ParsedRequest, type SealingKey, namedMaterialId } from '../crypto/crypto-calls.ts';
import { KmsError, invalidCiphertext } from '../errors.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import { type KeyReference, parseKeyReference } from '../keys/key-reference.ts';
import { requireState } from '../keys/key-state.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import type { LoadedMaterial } from '../keyring/material-table.ts';
import { Missing } from '../keyring/missing.ts';
import type { DataPlane, RefusedUse } from './data-plane.ts';

/** The current backing key of the key that a field of the request names, if the key's state allows its use. */
export function encryptingKey(name: string, field: string, plane: DataPlane): SealingKey | Missing {
  const snapshot = plane.keyring.key(parseKeyReference(name, field, plane.scope));
  if (snapshot instanceof Missing) return snapshot;
  requireUse(snapshot, plane);
  const { currentKeyMaterialId } = snapshot.key;
  if (currentKeyMaterialId === undefined) throw new Error('A usable key has no backing key.');
  const loaded = plane.keyring.material(currentKeyMaterialId);
  if (loaded instanceof Missing) return loaded;
  if (loaded === undefined || loaded.handle === 0)
    throw new KmsError(
      'KEY_UNAVAILABLE',
      `The store has lost the current backing key of ${snapshot.key.keyId}; restore a backup that has it.`,
    );
  return { handle: loaded.handle, arnBytes: snapshot.arnBytes };
}

/** A ciphertext of a request, and how the caller named its key: '' when it did not. */
export interface NamedCiphertext {
  readonly request: Buffer;
  readonly parsed: ParsedRequest;
  readonly keyName: string;
  readonly field: string;
}

/**
 * The backing key that a ciphertext names, in the order of checks of a Decrypt: the key that the caller names, or else the
 * owner of the backing key; then whether the ciphertext is that key's; then whether the key's state allows its use.
 */
export function decryptingKey(ciphertext: NamedCiphertext, plane: DataPlane): SealingKey | Missing {
  const found = ownerOf(ciphertext, plane);
  if (found instanceof Missing) return found;
  requireUse(found.snapshot, plane, found.loaded);
  return { handle: found.loaded.handle, arnBytes: found.snapshot.arnBytes };
}

/** Which key a ciphertext belongs to, whatever the key's state. Throws INVALID_CIPHERTEXT, INCORRECT_KEY. */
export function ownerOf(ciphertext: NamedCiphertext, plane: DataPlane): CiphertextOwner | Missing {
  const { request, parsed, keyName, field } = ciphertext;
  const named = keyName === '' ? undefined : plane.keyring.key(parseKeyReference(keyName, field, plane.scope));
  if (named instanceof Missing) return named;

  const loaded = plane.keyring.materialByHandle(parsed.handle) ?? plane.keyring.material(namedMaterialId(request, parsed));
  if (loaded instanceof Missing) return loaded;

  if (named === undefined) {
    if (loaded === undefined) throw invalidCiphertext();
    const owner: KeyReference = { kind: 'key', keyId: loaded.material.keyId };
    const snapshot = plane.keyring.key(owner);
    return snapshot instanceof Missing ? snapshot : { snapshot, loaded };
  }
  if (loaded === undefined || loaded.material.keyId !== named.key.keyId) {
    throw incorrectKey(named);
  }
  return { snapshot: named, loaded };
}

export interface CiphertextOwner {
  readonly snapshot: KeySnapshot;
  readonly loaded: LoadedMaterial;
}

export function incorrectKey({ key }: KeySnapshot): KmsError {
  return new KmsError('INCORRECT_KEY', `The ciphertext was not made by key ${key.keyId}; name the key that made it, or none.`);
}

/** Errors of usage come before errors of state: the key's, then that of the backing key that decrypts. */
export function requireUse({ key }: KeySnapshot, plane: DataPlane, decrypting?: LoadedMaterial): void {
  if (key.keyUsage !== 'ENCRYPT_DECRYPT') {
    throw new KmsError('INVALID_KEY_USAGE', `Key ${key.keyId} is for ${key.keyUsage}, not for encryption.`);
  }
  const material = decrypting?.material;
  if (key.deletion !== undefined) plane.refusedUse(refusedUse('KEY_PENDING_DELETION', key.keyId, material));
  // Only the bytes of imported material end by themselves; to read the clock costs every other call too.
  requireState(key, 'use', key.imported === undefined ? 0 : plane.clock.steadyNow());
  if (material === undefined) return;
  if (material.compromisedAt !== undefined) {
    plane.refusedUse(refusedUse('KEY_MATERIAL_COMPROMISED', key.keyId, material));
    throw new KmsError(
      'KEY_MATERIAL_COMPROMISED',
      `Backing key ${material.keyMaterialId} of key ${key.keyId} is marked as compromised; SetKeyMaterialCompromised takes that back.`,
    );
  }
  const { imported } = material;
  if (imported !== undefined && !(imported.present && (imported.expiresAt ?? Infinity) > plane.clock.steadyNow())) {
    throw new KmsError(
      'KEY_PENDING_IMPORT',
      `Material ${material.keyMaterialId} of key ${key.keyId} waits for the same bytes to be imported again.`,
    );
  }
  if (decrypting?.handle === 0)
    throw new KmsError(
      'KEY_UNAVAILABLE',
      `The store has lost backing key ${material.keyMaterialId} of key ${key.keyId}; restore a backup that has it.`,
    );
}

function refusedUse(reason: RefusedUse['reason'], keyId: KeyId, material: KeyMaterial | undefined): RefusedUse {
  return material === undefined ? { reason, keyId } : { reason, keyId, keyMaterialId: material.keyMaterialId };
}
