import { KmsError, invalidField } from '../errors.ts';
import type { Tag__Output } from '../generated/latchkey/v1/Tag.ts';
import type { Timestamp__Output } from '../generated/google/protobuf/Timestamp.ts';
import type { PageOrder } from '../control-plane/list-page.ts';
import { type ClientToken, parseClientToken } from '../keys/client-token.ts';
import { dayMs } from '../keys/days.ts';
import { type WrappingAlgorithm, expirationModels, maxExpiryDays, wrappingAlgorithms } from '../keys/key-import.ts';
import { type KeyMaterialId, parseKeyMaterialId } from '../keys/key-material-id.ts';
import { maxDescriptionCharacters } from '../keys/key.ts';
import { type Tag, parseTagKeys as parseTagKeyList, parseTags } from '../keys/tag.ts';

// Proto → domain: every malformed field is refused here, with its name.

/** The choice that an enum value names; `fallback` for the unspecified one. A number is a value that this version does not know. */
export function parseChoice<T extends string>(
  value: string | number,
  { field, prefix, choices, fallback }: { field: string; prefix: string; choices: readonly T[]; fallback: T },
): T {
  return value === `${prefix}_UNSPECIFIED` ? fallback : parseRequiredChoice(value, { field, prefix, choices });
}

/** As `parseChoice`, for a value that has to be given. */
export function parseRequiredChoice<T extends string>(
  value: string | number,
  { field, prefix, choices }: { field: string; prefix: string; choices: readonly T[] },
): T {
  const found = choices.find((choice) => value === `${prefix}_${choice}`);
  if (found !== undefined) return found;
  throw invalidField(field, `must be one of ${choices.map((choice) => `${prefix}_${choice}`).join(', ')}.`);
}

/** As `parseRequiredChoice`, or `undefined` for the unspecified value. */
export function parseOptionalChoice<T extends string>(
  value: string | number,
  choice: { field: string; prefix: string; choices: readonly T[] },
): T | undefined {
  return value === `${choice.prefix}_UNSPECIFIED` ? undefined : parseRequiredChoice(value, choice);
}

/** A number of days within limits; 0 means the default. */
export function parseDays(value: number, field: string, limits: { least: number; greatest: number; default: number }): number {
  if (value === 0) return limits.default;
  if (value >= limits.least && value <= limits.greatest) return value;
  throw invalidField(field, `must be ${limits.least} to ${limits.greatest} days; 0 means ${limits.default}.`);
}

export function parseTagList(tags: readonly Tag__Output[], least: 0 | 1): readonly Tag[] {
  if (tags.length < least) throw tooFew('tags');
  return parseTags(tags.map(({ tag_key, tag_value }) => ({ key: tag_key, value: tag_value })));
}

export function parseTagKeys(tagKeys: readonly string[]): readonly string[] {
  if (tagKeys.length === 0) throw tooFew('tag_keys');
  return parseTagKeyList(tagKeys);
}

function tooFew(field: string): KmsError {
  return invalidField(field, 'must have at least 1.');
}

/** RSAES_PKCS1_V1_5 is refused by name, with the reason. Throws UNSUPPORTED_OPERATION, INVALID_REQUEST. */
export function parseWrappingAlgorithm(value: string | number): WrappingAlgorithm {
  const prefix = 'ALGORITHM_SPEC';
  if (value === `${prefix}_RSAES_PKCS1_V1_5`) {
    throw new KmsError(
      'UNSUPPORTED_OPERATION',
      'wrapping_algorithm: RSAES_PKCS1_V1_5 is not offered, because its padding lets an attacker find out what was wrapped; take RSA_AES_KEY_WRAP_SHA_256.',
    );
  }
  return parseRequiredChoice(value, { field: 'wrapping_algorithm', prefix, choices: wrappingAlgorithms });
}

/** When imported material expires; `undefined` when it does not. `now` in milliseconds since 1970. */
export function parseExpiry(
  { expiration_model, valid_to }: { expiration_model: string | number; valid_to: Timestamp__Output | null },
  now: number,
): number | undefined {
  const model = parseChoice(expiration_model, {
    field: 'expiration_model',
    prefix: 'EXPIRATION_MODEL_TYPE',
    choices: expirationModels,
    fallback: 'KEY_MATERIAL_EXPIRES',
  });
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (valid_to === null) return undefined;
    throw invalidField('valid_to', 'must be absent with KEY_MATERIAL_DOES_NOT_EXPIRE.');
  }
  const allowed = `must be in the future and at most ${maxExpiryDays} days ahead of ${new Date(now).toISOString()}`;
  if (valid_to === null) throw invalidField('valid_to', `${allowed}; or set expiration_model KEY_MATERIAL_DOES_NOT_EXPIRE.`);
  const { nanos } = valid_to;
  const expiresAt = Number(valid_to.seconds) * 1000 + Math.floor(nanos / 1_000_000);
  const wellFormed = nanos >= 0 && nanos < 1_000_000_000;
  if (wellFormed && expiresAt > now && expiresAt <= now + maxExpiryDays * dayMs) return expiresAt;
  throw invalidField('valid_to', `${allowed}.`);
}

/** Bytes of an import, which are never long. */
export function parseImportBytes(bytes: Uint8Array, field: string): Uint8Array {
  if (bytes.length === 0) throw invalidField(field, 'is required.');
  if (bytes.length > maxImportBytes) throw invalidField(field, `may have at most ${maxImportBytes} bytes.`);
  return bytes;
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

export function parseRequiredMaterialId(text: string, field: string): KeyMaterialId {
  const id = parseOptionalMaterialId(text, field);
  if (id === undefined) throw invalidField(field, 'is required: a key material id, 64 hex digits in lower case.');
  return id;
}

export function parsePage({ page_size, page_token }: { page_size: number; page_token: string }): PageOrder {
  if (page_size > maxPageSize) throw invalidField('page_size', `must be 1 to ${maxPageSize}; 0 means ${defaultPageSize}.`);
  return { pageSize: page_size === 0 ? defaultPageSize : page_size, pageToken: page_token };
}

const defaultPageSize = 100;
const maxPageSize = 1000;
/** More than a token with the longest private key, and than any wrapped material. */
const maxImportBytes = 8192;
