import { KmsError } from '../errors.ts';
import type { KeyId } from './key-id.ts';
import { type Key, sameKind } from './key.ts';

/** `alias/…`: a name that points at a key. */
export type AliasName = string & { readonly [brand]: 'AliasName' };

/** An independent resource: it can be pointed at another key. Times are milliseconds since 1970. */
export interface Alias {
  readonly aliasName: AliasName;
  readonly keyId: KeyId;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const maxAliasesPerKey = 50;

/** `undefined` when the text is not an alias name. Reserved names are names. */
export function parseAliasName(text: string): AliasName | undefined {
  return text.length <= maxCharacters && pattern.test(text) ? (text as AliasName) : undefined;
}

/** Throws INVALID_ALIAS_NAME for names that only the service itself gives: they are not the user's to make, move or remove. */
export function refuseReserved(aliasName: AliasName): void {
  if (reservedPrefixes.some((prefix) => aliasName.startsWith(prefix)))
    throw new KmsError('INVALID_ALIAS_NAME', `${aliasName} is reserved: alias/aws/ and alias/latchkey/ belong to the service.`);
}

/** A new alias for a key that has `aliasCount` of them. Throws LIMIT_EXCEEDED. */
export function newAlias(aliasName: AliasName, target: Key, aliasCount: number, now: number): Alias {
  refuseTooMany(target, aliasCount);
  return { aliasName, keyId: target.keyId, createdAt: now, updatedAt: now };
}

/** Throws INVALID_KEY_USAGE when an alias of the one key may not move to the other. */
export function requireSameKind(alias: Alias, from: Key, to: Key): void {
  if (!sameKind(from, to)) {
    throw new KmsError(
      'INVALID_KEY_USAGE',
      `${alias.aliasName} points at a key of another spec or usage; create a new alias for this key instead.`,
    );
  }
}

/** Throws CONFLICT when the alias was pointed elsewhere since it was decided who may change it. */
export function requirePointsAt({ aliasName, keyId }: Alias, expected: KeyId): void {
  if (keyId !== expected)
    throw new KmsError('CONFLICT', `${aliasName} was pointed at another key meanwhile; nothing was changed, repeat the call.`);
}

/** The alias pointed at another key that has `aliasCount` of them. Throws LIMIT_EXCEEDED. */
export function repointed(alias: Alias, to: Key, aliasCount: number, now: number): Alias {
  if (alias.keyId !== to.keyId) refuseTooMany(to, aliasCount);
  return { ...alias, keyId: to.keyId, updatedAt: now };
}

function refuseTooMany(target: Key, aliasCount: number): void {
  if (aliasCount < maxAliasesPerKey) return;
  throw new KmsError('LIMIT_EXCEEDED', `Key ${target.keyId} has ${aliasCount} aliases, the most a key can have; delete one first.`);
}

declare const brand: unique symbol;
const pattern = /^alias\/[a-zA-Z0-9:/_-]+$/;
const maxCharacters = 256;
const reservedPrefixes = ['alias/aws/', 'alias/latchkey/'] as const;
