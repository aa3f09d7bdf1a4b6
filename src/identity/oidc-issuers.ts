import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { BoundedMap } from '../keyring/bounded-map.ts';
import { type OidcIdentity, type OidcIssuer, type VerifiedJwt, verifyJwt } from './oidc-issuer.ts';
import { unauthenticated } from './unauthenticated.ts';

export interface OidcIssuersParts {
  readonly issuers: readonly OidcIssuer[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Tokens whose verification is remembered. */
  readonly maxVerified?: number;
}

/** All issuers whose word is taken. A token is verified once, and again when its issuer's keys change. */
export class OidcIssuers {
  readonly #issuers: ReadonlyMap<string, OidcIssuer>;
  readonly #now: () => number;
  /** By the tokens' hashes, so that memory does not hold what can be called with. */
  readonly #verified: BoundedMap<string, Verified>;
  readonly #verifying = new Map<string, Promise<OidcIdentity>>();

  constructor({ issuers, now, maxVerified = 10_000 }: OidcIssuersParts) {
    this.#issuers = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
    this.#now = now;
    this.#verified = new BoundedMap(maxVerified);
  }

  /** Whose token it is, if that is known without verifying anything. */
  known(token: string): OidcIdentity | undefined {
    const name = nameOf(token);
    const found = this.#verified.get(name);
    if (found === undefined) return undefined;
    const { identity, keys, issuer } = found;
    // Also when a key was withdrawn: what it has signed is verified anew, and fails.
    if (this.#now() < identity.expiresAt && issuer.keys.current() === keys) return identity;
    this.#verified.delete(name);
    return undefined;
  }

  /** Whose token it is. Calls with the same token share one verification. Fails with UNAUTHENTICATED. */
  identify(token: string): Promise<OidcIdentity> {
    const name = nameOf(token);
    const verifying = this.#verifying.get(name);
    if (verifying !== undefined) return verifying;
    const begun = this.#verify(name, token).finally(() => this.#verifying.delete(name));
    this.#verifying.set(name, begun);
    return begun;
  }

  async #verify(name: string, token: string): Promise<OidcIdentity> {
    if (token.length > maxTokenBytes) throw unauthenticated();
    const issuer = this.#issuers.get(claimedIssuer(token));
    if (issuer === undefined) throw unauthenticated();
    const verified = await verifyJwt(token, issuer, this.#now());
    this.#verified.set(name, { ...verified, issuer });
    return verified.identity;
  }
}

interface Verified extends VerifiedJwt {
  readonly issuer: OidcIssuer;
}

/** What the token says itself, which nobody has verified: it only tells whose keys to verify with. */
function claimedIssuer(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch (error) {
    throw unauthenticated(error);
  }
}

function nameOf(token: string): string {
  return hash('sha256', token, 'base64');
}

const maxTokenBytes = 8 * 1024;
