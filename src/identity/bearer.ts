import { type PresentedToken, parseAccessToken } from '../access/access-token.ts';
import { unauthenticated } from './unauthenticated.ts';

/** What a call presents in its `authorization` metadata. */
export type Bearer =
  | { readonly kind: 'access-token'; readonly token: PresentedToken }
  /** Three parts of base64url; nothing of it is verified. */
  | { readonly kind: 'jwt'; readonly token: string };

/**
 * `values` are all that the call has, since of several each part of a system could take another. Undefined without any. Throws
 * UNAUTHENTICATED for what is not `Bearer` (RFC 6750 §2.1) and one token of a kind that there is.
 */
export function parseBearer(values: readonly string[]): Bearer | undefined {
  const [value, ...others] = values;
  if (value === undefined) return undefined;
  if (others.length > 0 || value.length > maxCharacters) throw unauthenticated();
  const [, text] = bearerPattern.exec(value) ?? [];
  if (text === undefined) throw unauthenticated();
  if (jwtPattern.test(text)) return { kind: 'jwt', token: text };
  const token = parseAccessToken(text);
  if (token === undefined) throw unauthenticated();
  return { kind: 'access-token', token };
}

/** A scheme has no case (RFC 9110 §11.1); behind it one space and a b64token. */
const bearerPattern = /^[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9._~+/-]+=*)$/;
/** No access token has a dot. */
const jwtPattern = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** JWTs of 8 KiB, and the scheme. */
const maxCharacters = 8 * 1024 + 'Bearer '.length;
