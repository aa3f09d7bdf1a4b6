import type { ListedAlias } from '../control-plane/list-aliases.ts';
import { type ListedKey } from '../control-plane/list-keys.ts';
import type { ListedMaterial } from '../control-plane/list-key-rotations.ts';
import type { AliasListEntry } from '../generated/latchkey/v1/AliasListEntry.ts';
import type { KeyListEntry } from '../generated/latchkey/v1/KeyListEntry.ts';
import type { KeyMetadata } from '../generated/latchkey/v1/KeyMetadata.ts';
import type { KeyUses } from '../generated/latchkey/v1/KeyUses.ts';
import type { RotationsListEntry } from '../generated/latchkey/v1/RotationsListEntry.ts';
import { type ArnScope, aliasArn, keyArn } from '../keys/arn.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import { keyState, stateSince } from '../keys/key-state.ts';
import type { Key } from '../keys/key.ts';
import { nextRotationAt } from '../keys/rotation.ts';
import type { CountedUses } from '../keys/uses.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';

// Domain → proto. `now` is the time by which states are derived, in milliseconds since 1970.

export function keyMetadata({ key, arn }: KeySnapshot, scope: ArnScope, now: number): KeyMetadata {
  const state = keyState(key, now);
  return {
    ...lastingMetadata({ key, arn }, scope),
    enabled: state === 'ENABLED',
    description: key.description,
    key_state: `KEY_STATE_${state}`,
    current_key_material_id: key.currentKeyMaterialId ?? '',
    rotation: {
      last_rotation_date: optionalTimestamp(key.lastRotatedAt),
      key_material_count: key.materialCount,
      ...schedule(key),
    },
    deletion_date: optionalTimestamp(key.deletion?.date),
    key_state_date: optionalTimestamp(stateSince(key, now)),
    deletion_protection: key.deletionProtected ?? false,
    expiration_model: expirationModel(key.imported?.current),
    valid_to: optionalTimestamp(key.imported?.expiresAt),
    insecure: key.insecure ?? false,
  };
}

/** What is the same for as long as there is the key. */
export function lastingMetadata({ key, arn }: Pick<KeySnapshot, 'key' | 'arn'>, scope: ArnScope): KeyMetadata {
  return {
    aws_account_id: scope.account,
    key_id: key.keyId,
    arn,
    creation_date: timestamp(key.createdAt),
    key_usage: `KEY_USAGE_TYPE_${key.keyUsage}`,
    origin: `ORIGIN_TYPE_${key.origin}`,
    key_manager: `KEY_MANAGER_TYPE_${key.keyManager}`,
    key_spec: `KEY_SPEC_${key.keySpec}`,
    encryption_algorithms: ['ENCRYPTION_ALGORITHM_SPEC_SYMMETRIC_DEFAULT'],
  };
}

export function keyUses({ uses, since }: CountedUses): KeyUses {
  return {
    encryptions: uses?.encryptions ?? 0,
    decryptions: uses?.decryptions ?? 0,
    plaintext_bytes: uses?.plaintextBytes ?? 0,
    first_used_date: optionalTimestamp(uses?.firstUsedAt),
    last_used_date: optionalTimestamp(uses?.lastUsedAt),
    tracking_start_date: timestamp(since),
  };
}

/** The automatic rotation of a key: off while its deletion is pending. */
export function schedule(key: Key): {
  enabled: boolean;
  rotation_period_in_days: number;
  next_rotation_date: ReturnType<typeof optionalTimestamp>;
} {
  const { rotation } = key;
  if (rotation === undefined || key.deletion !== undefined) {
    return { enabled: false, rotation_period_in_days: 0, next_rotation_date: null };
  }
  return {
    enabled: true,
    rotation_period_in_days: rotation.periodDays,
    next_rotation_date: optionalTimestamp(nextRotationAt(key)),
  };
}

export function keyListEntry({ keyId, key }: ListedKey, scope: ArnScope, now: number): KeyListEntry {
  if (key === undefined) return { key_id: keyId, key_state: 'KEY_STATE_UNAVAILABLE' };
  return {
    key_id: keyId,
    key_arn: keyArn(scope, key.keyId),
    key_state: `KEY_STATE_${keyState(key, now)}`,
    description: key.description,
    creation_date: timestamp(key.createdAt),
  };
}

export function aliasListEntry({ aliasName, alias }: ListedAlias, scope: ArnScope): AliasListEntry {
  if (alias === undefined) return { alias_name: aliasName };
  return {
    alias_name: aliasName,
    alias_arn: aliasArn(scope, alias.aliasName),
    target_key_id: alias.keyId,
    creation_date: timestamp(alias.createdAt),
    last_updated_date: timestamp(alias.updatedAt),
  };
}

export function rotationsListEntry({ material, state, used }: ListedMaterial, now: number): RotationsListEntry {
  const { rotation, imported } = material;
  return {
    key_id: material.keyId,
    key_material_id: material.keyMaterialId,
    rotation_date: optionalTimestamp(rotation?.rotatedAt),
    rotation_type: rotation === undefined ? 'ROTATION_TYPE_UNSPECIFIED' : `ROTATION_TYPE_${rotation.type}`,
    key_material_state: `KEY_MATERIAL_STATE_${state}`,
    creation_date: timestamp(material.createdAt),
    import_state: importState(imported, now),
    expiration_model: expirationModel(imported),
    valid_to: optionalTimestamp(imported?.expiresAt),
    compromised_date: optionalTimestamp(material.compromisedAt),
    uses: keyUses(used),
  };
}

/** Expired material waits for an import, also while its bytes are not destroyed yet. */
function importState(imported: KeyMaterial['imported'], now: number) {
  if (imported === undefined) return 'IMPORT_STATE_UNSPECIFIED';
  const isThere = imported.present && (imported.expiresAt ?? Infinity) > now;
  return isThere ? 'IMPORT_STATE_IMPORTED' : 'IMPORT_STATE_PENDING_IMPORT';
}

function expirationModel(imported: KeyMaterial['imported']) {
  if (imported?.present !== true) return 'EXPIRATION_MODEL_TYPE_UNSPECIFIED';
  return imported.expiresAt === undefined
    ? 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE'
    : 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES';
}

function optionalTimestamp(milliseconds: number | undefined) {
  return milliseconds === undefined ? null : timestamp(milliseconds);
}

export function timestamp(milliseconds: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}
