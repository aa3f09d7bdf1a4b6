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
  readonly failures: Pick<FailureLimit, 'requireFew' | 'failed' | 'attempt'>;
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
  const check = () => checkAccessToken(presented, parts.findToken, parts.steadyNow());
  const token = counted(parts, address, check);
  if (!(token instanceof Missing)) return { kind: 'access-token', token };
  parts.failures.requireFew(address);
  const isNeeded = () => parts.findToken(presented.tokenId) instanceof Missing;
  const work = async () => {
    await token.load();
    // It fails before its turn ends, so that nobody begins on what it leaves.
    check();
  };
  return new Missing(() => parts.failures.attempt(address, { isNeeded, work }));
}

function jwtCaller(token: string, address: string, { issuers, failures }: BearerParts): BearerCaller | Missing {
  const identity = issuers.known(token);
  if (identity !== undefined) return { kind: 'oidc', identity };
  failures.requireFew(address);
  const isNeeded = () => issuers.known(token) === undefined;
  return new Missing(() => failures.attempt(address, { isNeeded, work: () => issuers.identify(token) }));
}

function counted<Result>({ failures }: BearerParts, address: string, authenticate: () => Result): Result {
  try {
    return authenticate();
  } catch (error) {
    if (error instanceof KmsError) failures.failed(address);
    throw error;
  }
}
