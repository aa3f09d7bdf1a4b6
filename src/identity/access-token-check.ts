import { type AccessToken, type AccessTokenId, type PresentedToken, isSecretOf, isUsable } from '../access/access-token.ts';
import { Missing } from '../keyring/missing.ts';
import { unauthenticated } from './unauthenticated.ts';

/**
 * The token that a caller presents, if it is in force at `now` (milliseconds since 1970, of a clock that never goes back). `find` may
 * answer that it has to be loaded first. Throws UNAUTHENTICATED, with the same text after the same work whatever is wrong.
 */
export function checkAccessToken(
  presented: PresentedToken,
  find: (tokenId: AccessTokenId) => AccessToken | undefined | Missing,
  now: number,
): AccessToken | Missing {
  const found = find(presented.tokenId);
  if (found instanceof Missing) return found;
  const isRight = isSecretOf(found ?? noToken, presented);
  if (found === undefined || !isRight) throw unauthenticated(new Error(`There is no such access token: ${presented.tokenId}.`));
  if (!isUsable(found, now)) throw unauthenticated(new Error(`The access token ${presented.tokenId} has expired or is revoked.`));
  return found;
}

/** Compared with when there is nothing to compare with. */
const noToken: Pick<AccessToken, 'secretHash'> = { secretHash: '00'.repeat(32) };
