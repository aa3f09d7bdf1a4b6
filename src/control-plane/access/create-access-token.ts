import { accessLimits } from '../../access/access-limits.ts';
import { type AccessToken, isUsable } from '../../access/access-token.ts';
import type { Principal, PrincipalId } from '../../access/principal.ts';
import { KmsError } from '../../errors.ts';
import type { ControlPlane } from '../control-plane.ts';
import { livePrincipal } from './change-principal.ts';

export interface CreateAccessTokenOrder {
  readonly principalId: PrincipalId;
  readonly lifetimeSeconds: number;
  /** '' for none. */
  readonly description: string;
}

/** A token, and its text, which nothing keeps. */
export interface CreatedAccessToken {
  readonly token: AccessToken;
  readonly text: string;
}

/**
 * Makes an access token, and forgets those of the principal that are of no use any more. Throws NO_SUCH_ENTITY,
 * UNSUPPORTED_OPERATION, LIMIT_EXCEEDED.
 */
export async function createAccessToken(
  { principalId, lifetimeSeconds, description }: CreateAccessTokenOrder,
  { keyring, clock, newToken }: Pick<ControlPlane, 'keyring' | 'clock' | 'newToken'>,
): Promise<CreatedAccessToken> {
  const { text, tokenId, secretHash } = newToken();
  const steadyNow = Math.floor(clock.steadyNow());
  const token: AccessToken = {
    tokenId,
    principalId,
    secretHash,
    createdAt: clock.now(),
    expiresAt: steadyNow + lifetimeSeconds * 1000,
    ...(description === '' ? {} : { description }),
  };
  return keyring.change(async (reading) => {
    requireTokens(await livePrincipal(principalId, reading));
    const tokens = await reading.accessTokens(principalId);
    const usable = tokens.filter((one) => isUsable(one, steadyNow));
    if (usable.length >= accessLimits.accessTokensOfPrincipal) throw tooMany(usable.length);
    const deleteAccessTokens = tokens.filter((one) => !usable.includes(one)).map((one) => one.tokenId);
    return { change: { insertAccessToken: token, deleteAccessTokens }, answer: { token, text } };
  });
}

function requireTokens({ path }: Principal): void {
  if (path.startsWith('user/token/')) return;
  throw new KmsError(
    'UNSUPPORTED_OPERATION',
    `${path} authenticates otherwise; access tokens are for principals user/token/<name>.`,
  );
}

function tooMany(count: number): KmsError {
  return new KmsError(
    'LIMIT_EXCEEDED',
    `The principal has ${count} access tokens, which is the most; revoke one that nobody uses.`,
  );
}
