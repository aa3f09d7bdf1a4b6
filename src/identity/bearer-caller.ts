import type { AccessToken, AccessTokenId, PresentedToken } from '../access/access-token.ts';
import { KmsError } from '../errors.ts';
import { Missing } from '../keyring/missing.ts';
import { checkAccessToken } from './access-token-check.ts';
import { parseBearer } from './bearer.ts';
import type { FailureLimit } from './failure-limit.ts';
import type { OidcIdentity } from './oidc-issuer.ts';
import type { OidcIssuers } from './oidc-issuers.ts';

/** Who calls, by what they present. Both say until when that holds; whether the principal may call is another question. */
export type BearerCaller =
  { readonly kind: 'access-token'; readonly token: AccessToken } | { readonly kind: 'oidc'; readonly identity: OidcIdentity };

export interface BearerParts {
  readonly findToken: (tokenId: AccessTokenId) => AccessToken | undefined | Missing;
  readonly issuers: Pick<OidcIssuers, 'known' | 'identify'>;
  readonly failures: Pick<FailureLimit, 'waitMs' | 'failed'>;
  /** Milliseconds since 1970, of a clock that never goes back. */
  readonly steadyNow: () => number;
}

/**
 * Who presents these values of `authorization` from this address; undefined when there are none. `Missing`: load it, which verifies a
 * JWT, and begin again. Nothing is begun before that, since whoever asks may leave it at that. Throws UNAUTHENTICATED, or THROTTLED
 * instead of work for an address that has failed too often; who is known without work is not held up by neighbours that fail.
 */
export function bearerCaller(values: readonly string[], address: string, parts: BearerParts): BearerCaller | undefined | Missing {
  const bearer = counted(parts, address, () => parseBearer(values));
  if (bearer === undefined) return undefined;
  return bearer.kind === 'jwt' ? jwtCaller(bearer.token, address, parts) : tokenCaller(bearer.token, address, parts);
}

function tokenCaller(presented: PresentedToken, address: string, parts: BearerParts): BearerCaller | Missing {
  const token = counted(parts, address, () => checkAccessToken(presented, parts.findToken, parts.steadyNow()));
  if (!(token instanceof Missing)) return { kind: 'access-token', token };
  requireFewFailures(parts, address);
  return token;
}

function jwtCaller(token: string, address: string, parts: BearerParts): BearerCaller | Missing {
  const identity = parts.issuers.known(token);
  if (identity !== undefined) return { kind: 'oidc', identity };
  requireFewFailures(parts, address);
  return new Missing(() => verify(token, address, parts));
}

async function verify(token: string, address: string, { issuers, failures }: BearerParts): Promise<void> {
  try {
    await issuers.identify(token);
  } catch (error) {
    if (error instanceof KmsError) failures.failed(address);
    throw error;
  }
}

/** Asked before what costs work: looking into the store, verifying a signature, fetching keys. */
function requireFewFailures({ failures }: BearerParts, address: string): void {
  const retryAfterMs = failures.waitMs(address);
  if (retryAfterMs === undefined) return;
  throw new KmsError('THROTTLED', 'Too many calls from this address could not be authenticated; try again later.', {
    retryAfterMs,
  });
}

function counted<Result>({ failures }: BearerParts, address: string, authenticate: () => Result): Result {
  try {
    return authenticate();
  } catch (error) {
    if (error instanceof KmsError) failures.failed(address);
    throw error;
  }
}
