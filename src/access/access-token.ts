import { hash, timingSafeEqual } from 'node:crypto';
import type { PrincipalId } from './principal.ts';

/** What a token is called where its secret must not be: 16 characters of base32. */
export type AccessTokenId = string & { readonly [brand]: 'AccessTokenId' };

/** A token as it is kept: who has the store cannot call with it. Times are milliseconds since 1970. */
export interface AccessToken {
  readonly tokenId: AccessTokenId;
  readonly principalId: PrincipalId;
  /** SHA-256 in hex. No salt and no stretching: a secret of 256 random bits is not guessed. */
  readonly secretHash: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt?: number;
  readonly description?: string;
}

/** What a caller presents. */
export interface PresentedToken {
  readonly tokenId: AccessTokenId;
  readonly secretHash: string;
}

/** Whether it is in force; `now` is of a clock that never goes back. */
export function isUsable({ expiresAt, revokedAt }: Pick<AccessToken, 'expiresAt' | 'revokedAt'>, now: number): boolean {
  return revokedAt === undefined && now < expiresAt;
}

/** `undefined` when the text is not the id of an access token. */
export function parseAccessTokenId(text: string): AccessTokenId | undefined {
  return idPattern.test(text) ? (text as AccessTokenId) : undefined;
}

/** `undefined` when the text is not an access token. */
export function parseAccessToken(text: string): PresentedToken | undefined {
  const match = pattern.exec(text);
  const [, tokenId, secret] = match ?? [];
  if (tokenId === undefined || secret === undefined) return undefined;
  const bytes = Buffer.from(secret, 'base64url');
  if (bytes.toString('base64url') !== secret) return undefined;
  return { tokenId: tokenId as AccessTokenId, secretHash: hash('sha256', bytes, 'hex') };
}

/** The text of a new token, from `accessTokenRandomBytes` random bytes. */
export function accessTokenText(random: Uint8Array): string {
  const id = random.subarray(0, idCharacters);
  const secret = Buffer.from(random.subarray(idCharacters));
  return `lk_${Array.from(id, (byte) => base32[byte % base32.length]).join('')}_${secret.toString('base64url')}`;
}

/** In a time that does not tell how much of it was right. */
export function isSecretOf(token: Pick<AccessToken, 'secretHash'>, presented: PresentedToken): boolean {
  return timingSafeEqual(Buffer.from(token.secretHash, 'hex'), Buffer.from(presented.secretHash, 'hex'));
}

declare const brand: unique symbol;
const idCharacters = 16;
const secretBytes = 32;
export const accessTokenRandomBytes = idCharacters + secretBytes;
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';
const idPattern = /^[a-z2-7]{16}$/;
/** Secret scanners find it by its beginning. */
const pattern = /^lk_([a-z2-7]{16})_([A-Za-z0-9_-]{43})$/;
