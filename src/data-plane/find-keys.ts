import type { ActionName } from '../access/actions.ts';
import { type ParsedRequest, type SealingKey, namedMaterialId } from '../crypto/crypto-calls.ts';
import { KmsError, invalidCiphertext } from '../errors.ts';
import type { AliasName } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import { type KeyReference, parseKeyReference } from '../keys/key-reference.ts';
import { requireState } from '../keys/key-state.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import type { LoadedMaterial } from '../keyring/material-table.ts';
import { Missing } from '../keyring/missing.ts';
import type { CallFacts } from '../permission/call-facts.ts';
import type { DataPlane, DataPlaneCall, RefusedUse } from './data-plane.ts';

/** A key that a request names, and what is wanted of it. */
export interface WantedKey {
  readonly action: ActionName;
  readonly facts: CallFacts;
  /** '' when the caller does not name it. */
  readonly name: string;
  /** The field in which it is named. */
  readonly field: string;
}

/** The current backing key of a key, if the caller may use it and its state allows that. */
export function encryptingKey(wanted: WantedKey, call: DataPlaneCall): SealingKey | Missing {
  const snapshot = permittedKey(wanted, call);
  return snapshot instanceof Missing ? snapshot : currentBackingKey(snapshot, call.plane);
}

/** The current backing key of a key that the caller may use, if its state allows that. */
export function currentBackingKey(snapshot: KeySnapshot, plane: DataPlane): SealingKey | Missing {
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

/** The key that a request names, before anything is asked about it. What goes wrong is not for everybody to know. */
export function namedKey(
  { action, name, field }: Pick<WantedKey, 'action' | 'name' | 'field'>,
  { plane, caller }: DataPlaneCall,
): NamedKey | Missing {
  const reference = parseKeyReference(name, field, plane.scope);
  const found = plane.keyring.key(reference);
  if (found instanceof Missing) return caller.permission.loading(action, found, reference);
  return { found, requestAlias: reference.kind === 'alias' ? reference.aliasName : undefined };
}

export interface NamedKey {
  readonly found: KeySnapshot;
  readonly requestAlias: AliasName | undefined;
}

/** A key that the caller names and may use so. Throws ACCESS_DENIED also for one that there is not (`Permission`). */
export function permittedKey({ action, facts, name, field }: WantedKey, { plane, caller }: DataPlaneCall): KeySnapshot | Missing {
  const reference = parseKeyReference(name, field, plane.scope);
  const requestAlias = reference.kind === 'alias' ? reference.aliasName : undefined;
  return caller.permission.key(action, reference, { ...facts, requestAlias });
}

/**
 * The backing key that a ciphertext names, in the order of checks of a Decrypt: the key that the caller names, or else the
 * owner of the backing key; whether the caller may; then whether the ciphertext is that key's; then whether the key's state
 * allows its use.
 */
export function decryptingKey(wanted: WantedKey, parsed: ParsedRequest, call: DataPlaneCall): SealingKey | Missing {
  const found = ownerOf(wanted, parsed, call);
  if (found instanceof Missing) return found;
  requireUse(found.snapshot, call.plane, found.loaded);
  return { handle: found.loaded.handle, arnBytes: found.snapshot.arnBytes };
}

/**
 * Which key a ciphertext belongs to, whatever the key's state. Throws ACCESS_DENIED, INCORRECT_KEY, and INVALID_CIPHERTEXT for a
 * backing key that no key has, to those who may do this with any.
 */
export function ownerOf(wanted: WantedKey, parsed: ParsedRequest, call: DataPlaneCall): CiphertextOwner | Missing {
  const { plane, caller, request } = call;
  const named = wanted.name === '' ? undefined : permittedKey(wanted, call);
  if (named instanceof Missing) return named;

  const loaded = plane.keyring.materialByHandle(parsed.handle) ?? plane.keyring.material(namedMaterialId(request, parsed));
  if (loaded instanceof Missing) {
    // That there is such a backing key, and that its record is not authentic, is not for everybody.
    return named === undefined ? caller.permission.loading(wanted.action, loaded) : loaded;
  }

  if (named === undefined) {
    if (loaded === undefined) return caller.permission.refuseAbsent(wanted.action, undefined, invalidCiphertext());
    const owner: KeyReference = { kind: 'key', keyId: loaded.material.keyId };
    const snapshot = caller.permission.key(wanted.action, owner, wanted.facts);
    return snapshot instanceof Missing ? snapshot : { snapshot, loaded };
  }
  if (loaded === undefined || loaded.material.keyId !== named.key.keyId) throw incorrectKey(named);
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
