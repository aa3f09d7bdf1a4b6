import type { ListedAlias } from '../control-plane/list-aliases.ts';
import { type ListedKey } from '../control-plane/list-keys.ts';
import type { ListedMaterial } from '../control-plane/list-key-rotations.ts';
import type { PageOrder } from '../control-plane/list-page.ts';
import { invalidField } from '../errors.ts';
import type { AliasListEntry } from '../generated/latchkey/v1/AliasListEntry.ts';
import type { KeyListEntry } from '../generated/latchkey/v1/KeyListEntry.ts';
import type { KeyMetadata } from '../generated/latchkey/v1/KeyMetadata.ts';
import type { RotationsListEntry } from '../generated/latchkey/v1/RotationsListEntry.ts';
import { type ArnScope, aliasArn, keyArn } from '../keys/arn.ts';
import { type ClientToken, parseClientToken } from '../keys/client-token.ts';
import { type KeyMaterialId, parseKeyMaterialId } from '../keys/key-material-id.ts';
import { keyState } from '../keys/key-state.ts';
import { maxDescriptionCharacters } from '../keys/key.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';

// proto → domain: every malformed field is refused here, with its name

/** The choice that an enum value names; `fallback` for the unspecified one. A number is a value that this version does not know. */
export function parseChoice<T extends string>(
  value: string | number,
  { field, prefix, choices, fallback }: { field: string; prefix: string; choices: readonly T[]; fallback: T },
): T {
  if (value === `${prefix}_UNSPECIFIED`) return fallback;
  const found = choices.find((choice) => value === `${prefix}_${choice}`);
  if (found === undefined)
    throw invalidField(field, `must be one of ${choices.map((choice) => `${prefix}_${choice}`).join(', ')}.`);
  return found;
}

/** Characters are Unicode code points. */
export function parseDescription(text: string): string {
  // A character is one or two UTF-16 units.
  if (text.length > 2 * maxDescriptionCharacters || Array.from(text).length > maxDescriptionCharacters) {
    throw invalidField('description', `may have at most ${maxDescriptionCharacters} characters.`);
  }
  return text;
}

export function parseOptionalClientToken(text: string): ClientToken | undefined {
  if (text === '') return undefined;
  const token = parseClientToken(text);
  if (token === undefined) throw invalidField('client_token', 'must be 1 to 64 of letters, digits and _ . -');
  return token;
}

export function parseOptionalMaterialId(text: string, field: string): KeyMaterialId | undefined {
  if (text === '') return undefined;
  const id = parseKeyMaterialId(text);
  if (id === undefined) throw invalidField(field, 'must be a key material id: 64 hex digits in lower case.');
  return id;
}

export function parsePage({ page_size, page_token }: { page_size: number; page_token: string }): PageOrder {
  if (page_size > maxPageSize) throw invalidField('page_size', `must be 1 to ${maxPageSize}; 0 means ${defaultPageSize}.`);
  return { pageSize: page_size === 0 ? defaultPageSize : page_size, pageToken: page_token };
}

// domain → proto

export function keyMetadata({ key, arn }: KeySnapshot, scope: ArnScope): KeyMetadata {
  const state = keyState(key);
  return {
    aws_account_id: scope.account,
    key_id: key.keyId,
    arn,
    creation_date: timestamp(key.createdAt),
    enabled: state === 'ENABLED',
    description: key.description,
    key_usage: `KEY_USAGE_TYPE_${key.keyUsage}`,
    key_state: `KEY_STATE_${state}`,
    origin: `ORIGIN_TYPE_${key.origin}`,
    key_manager: `KEY_MANAGER_TYPE_${key.keyManager}`,
    key_spec: `KEY_SPEC_${key.keySpec}`,
    encryption_algorithms: ['ENCRYPTION_ALGORITHM_SPEC_SYMMETRIC_DEFAULT'],
    current_key_material_id: key.currentKeyMaterialId,
    rotation: {
      last_rotation_date: key.lastRotatedAt === undefined ? null : timestamp(key.lastRotatedAt),
      key_material_count: key.materialCount,
    },
  };
}

export function keyListEntry({ keyId, key }: ListedKey, scope: ArnScope): KeyListEntry {
  if (key === undefined) return { key_id: keyId, key_state: 'KEY_STATE_UNAVAILABLE' };
  return {
    key_id: keyId,
    key_arn: keyArn(scope, key.keyId),
    key_state: `KEY_STATE_${keyState(key)}`,
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

export function rotationsListEntry({ material, current }: ListedMaterial): RotationsListEntry {
  const { rotation } = material;
  return {
    key_id: material.keyId,
    key_material_id: material.keyMaterialId,
    rotation_date: rotation === undefined ? null : timestamp(rotation.rotatedAt),
    rotation_type: rotation === undefined ? 'ROTATION_TYPE_UNSPECIFIED' : `ROTATION_TYPE_${rotation.type}`,
    key_material_state: current ? 'KEY_MATERIAL_STATE_CURRENT' : 'KEY_MATERIAL_STATE_NON_CURRENT',
    creation_date: timestamp(material.createdAt),
  };
}

function timestamp(milliseconds: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}

const defaultPageSize = 100;
const maxPageSize = 1000;
